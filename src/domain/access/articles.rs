//! Who sees which article of the knowledge base, which articles a list may show, and who may write one.

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::CategoryId;

/// What decides whether an article is visible.
#[derive(Clone, Copy, Debug)]
pub struct ArticleFacts {
    /// Its category.
    pub category_id: CategoryId,
    /// The actor sees that category.
    pub category_is_visible: bool,
    /// For technicians of the category only.
    pub for_techs_only: bool,
}

/// Whether the actor sees the article: a public one with its category, every one as staff of the category.
#[must_use]
pub fn sees(actor: &Actor, article: ArticleFacts) -> bool {
    actor.is_staff_of(article.category_id)
        || (article.category_is_visible && !article.for_techs_only)
}

/// Which articles a list may show. Only [`visible`] makes one, so no list can be written without a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visibility {
    whole: Vec<i32>,
    public: Vec<i32>,
}

impl Visibility {
    /// Categories whose articles are all shown, for SQL.
    #[must_use]
    pub fn whole(&self) -> &[i32] {
        &self.whole
    }

    /// Categories whose public articles are shown, for SQL.
    #[must_use]
    pub fn public(&self) -> &[i32] {
        &self.public
    }
}

/// Which articles of these categories, each with whether he sees it, the actor may see in lists.
#[must_use]
pub fn visible(
    actor: &Actor,
    categories: impl IntoIterator<Item = (CategoryId, bool)>,
) -> Visibility {
    let (mut whole, mut public) = (vec![], vec![]);
    for (category_id, category_is_visible) in categories {
        let shows = |for_techs_only| {
            sees(
                actor,
                ArticleFacts {
                    category_id,
                    category_is_visible,
                    for_techs_only,
                },
            )
        };
        if shows(true) {
            whole.push(category_id.0);
        } else if shows(false) {
            public.push(category_id.0);
        }
    }
    Visibility { whole, public }
}

/// Writing articles is for the staff of their category. Asked before the category is looked up, so that ids cannot
/// be probed: a technician is told the same of every category that is not his.
pub fn require_author(actor: &Actor, category: CategoryId) -> Result<()> {
    if actor.is_staff_of(category) {
        Ok(())
    } else {
        Err(Error::forbidden(
            "Only technicians of the category and administrators may write articles in it.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::ids::UserId;

    fn actor(technician_of: &[i32], is_admin: bool) -> Actor {
        let technician_of = technician_of.iter().copied().map(CategoryId).collect();
        Actor {
            is_admin,
            technician_of,
            user_id: UserId(7),
            ..Actor::console(DateTime::UNIX_EPOCH)
        }
    }

    #[test]
    fn public_articles_go_with_their_category_and_all_with_its_staff() {
        // Is he staff, does he see the category, is it for technicians only: does he see the article?
        for (staff, category_is_visible, for_techs_only, expected) in [
            (false, false, false, false),
            (false, false, true, false),
            (false, true, false, true),
            (false, true, true, false),
            (true, false, false, true),
            (true, false, true, true),
            (true, true, false, true),
            (true, true, true, true),
        ] {
            let facts = ArticleFacts {
                category_id: CategoryId(1),
                category_is_visible,
                for_techs_only,
            };
            let technician_of = if staff { 1 } else { 2 };
            assert_eq!(
                sees(&actor(&[technician_of], false), facts),
                expected,
                "{facts:?}"
            );
            assert!(sees(&actor(&[], true), facts));
        }
    }

    #[test]
    fn a_list_shows_what_one_by_one_is_seen() {
        let categories = [(1, true), (2, true), (3, false), (4, false)]
            .map(|(id, is_visible)| (CategoryId(id), is_visible));
        let tech = visible(&actor(&[2, 4], false), categories);
        assert_eq!((tech.whole(), tech.public()), (&[2, 4][..], &[1][..]));
        let admin = visible(&actor(&[], true), categories);
        assert_eq!(
            (admin.whole(), admin.public()),
            (&[1, 2, 3, 4][..], &[][..])
        );
        let customer = visible(&actor(&[], false), categories);
        assert_eq!(
            (customer.whole(), customer.public()),
            (&[][..], &[1, 2][..])
        );
    }

    #[test]
    fn articles_are_written_by_staff_of_the_category() {
        assert!(require_author(&actor(&[1], false), CategoryId(1)).is_ok());
        assert!(require_author(&actor(&[], true), CategoryId(1)).is_ok());
        assert!(require_author(&actor(&[2], false), CategoryId(1)).is_err());
        assert!(require_author(&actor(&[], false), CategoryId(1)).is_err());
    }
}
