//! Who hears of what happened, and how much of it.

use crate::access::{articles, categories, custom_fields, tickets};
use crate::actor::Actor;
use crate::custom_fields::Audience;
use crate::ids::{CategoryId, CompanyId, DepartmentId, UserId};

/// What decides who hears of an event.
#[derive(Clone, Debug)]
pub enum About {
    /// A ticket.
    Ticket(TicketFacts),
    /// A ticket that is there no more, and its category, where the event names it.
    GoneTicket(Option<CategoryId>),
    /// An article.
    Article(ArticleFacts),
    /// Users, companies, assets: what only staff sees, and a field of theirs.
    Records(Option<Audience>),
    /// Anything else, and whatever is there no more.
    Other,
}

/// Of a ticket, as it stands now.
#[derive(Clone, Debug)]
pub struct TicketFacts {
    /// Its category.
    pub category_id: CategoryId,
    /// Its submitter.
    pub user_id: UserId,
    /// The submitter's company.
    pub company_id: Option<CompanyId>,
    /// The submitter's department.
    pub department_id: Option<DepartmentId>,
    /// Who subscribes to it.
    pub subscribers: Vec<i32>,
    /// A note for technicians is what happened.
    pub is_note: bool,
    /// The field that was changed.
    pub field: Option<Audience>,
}

/// Of an article, as it stands now.
#[derive(Clone, Debug)]
pub struct ArticleFacts {
    /// Its category, but for who is listed there.
    pub category: categories::CategoryFacts,
    /// For technicians of the category only.
    pub for_techs_only: bool,
    /// Users who see the category.
    pub users: Vec<i32>,
    /// Companies that see the category.
    pub companies: Vec<i32>,
}

/// How much of an event somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// What staff may know: who did it, and what else was concerned.
    Staff,
    /// What whoever sees the object may know.
    Public,
}

/// What happens to a ticket that whoever sees it may hear of. Its history tells of it too.
const PUBLIC: [&str; 21] = [
    "comment.created",
    "ticket.asset_added",
    "ticket.asset_removed",
    "ticket.assigned",
    "ticket.child_added",
    "ticket.child_removed",
    "ticket.closed",
    "ticket.created",
    "ticket.field_changed",
    "ticket.linked",
    "ticket.merged",
    "ticket.parent_removed",
    "ticket.parent_set",
    "ticket.reopened",
    "ticket.subscribed",
    "ticket.subscriber_added",
    "ticket.subscriber_removed",
    "ticket.tagged",
    "ticket.unassigned",
    "ticket.unlinked",
    "ticket.updated",
];

/// Whether the actor hears of an event of this name, and how much. None: he does not.
#[must_use]
pub fn sight(actor: &Actor, name: &str, about: &About) -> Option<Sight> {
    let (hears, is_staff) = match about {
        About::Ticket(ticket) => hears_of_ticket(actor, name, ticket),
        About::GoneTicket(category) => {
            let staff =
                actor.is_admin || category.is_some_and(|category| actor.is_staff_of(category));
            (staff, staff)
        }
        About::Article(article) => hears_of_article(actor, article),
        About::Records(field) => {
            let of_field = field.is_none_or(|field| custom_fields::is_for(actor, None, field));
            (actor.is_staff() && of_field, true)
        }
        About::Other => (actor.is_admin, true),
    };
    hears.then_some(if is_staff {
        Sight::Staff
    } else {
        Sight::Public
    })
}

fn hears_of_ticket(actor: &Actor, name: &str, ticket: &TicketFacts) -> (bool, bool) {
    let facts = tickets::TicketFacts {
        category_id: ticket.category_id,
        user_id: ticket.user_id,
        company_id: ticket.company_id,
        department_id: ticket.department_id,
        actor_subscribes: ticket.subscribers.contains(&actor.user_id.0),
    };
    let category = Some(ticket.category_id);
    let of_field = |field| custom_fields::is_for(actor, category, field);
    let is_staff = actor.is_staff_of(ticket.category_id);
    let is_public = PUBLIC.contains(&name) && !ticket.is_note;
    let hears = tickets::sees(actor, &facts)
        && (is_staff || is_public)
        && ticket.field.is_none_or(of_field);
    (hears, is_staff)
}

fn hears_of_article(actor: &Actor, article: &ArticleFacts) -> (bool, bool) {
    let of_company = |company: CompanyId| article.companies.contains(&company.0);
    let category = categories::CategoryFacts {
        lists_actor: article.users.contains(&actor.user_id.0)
            || actor.company_id.is_some_and(of_company),
        ..article.category
    };
    let facts = articles::ArticleFacts {
        category_id: category.id,
        category_is_visible: categories::sees(actor, category),
        for_techs_only: article.for_techs_only,
    };
    (
        articles::sees(actor, facts),
        actor.is_staff_of(article.category.id),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(id: i32, technician_of: &[i32], is_admin: bool) -> Actor {
        Actor {
            user_id: UserId(id),
            is_admin,
            technician_of: technician_of.iter().copied().map(CategoryId).collect(),
            ..Actor::console(chrono::DateTime::UNIX_EPOCH)
        }
    }

    /// Of user 5 of company 1 in category 1; user 6 subscribes.
    fn ticket() -> TicketFacts {
        TicketFacts {
            category_id: CategoryId(1),
            user_id: UserId(5),
            company_id: Some(CompanyId(1)),
            department_id: None,
            subscribers: vec![6],
            is_note: false,
            field: None,
        }
    }

    #[test]
    fn events_of_a_ticket_are_for_whoever_sees_it_and_notes_for_its_staff() {
        let manager = Actor {
            is_manager: true,
            company_id: Some(CompanyId(1)),
            ..actor(7, &[], false)
        };
        let staff = Some(Sight::Staff);
        let public = Some(Sight::Public);
        // Who hears of a public change, of a note, of a kind of event that is not known to be public, of a deletion?
        for (who, change, note, unknown, gone) in [
            (actor(5, &[], false), public, None, None, None),
            (actor(6, &[], false), public, None, None, None),
            (manager, public, None, None, None),
            (actor(8, &[], false), None, None, None, None),
            (actor(9, &[2], false), None, None, None, None),
            (actor(9, &[1], false), staff, staff, staff, staff),
            (actor(9, &[], true), staff, staff, staff, staff),
        ] {
            let of = |name: &str, facts: TicketFacts| sight(&who, name, &About::Ticket(facts));
            assert_eq!(of("ticket.updated", ticket()), change, "{who:?}");
            let is_note = TicketFacts {
                is_note: true,
                ..ticket()
            };
            assert_eq!(of("comment.created", is_note), note, "{who:?}");
            assert_eq!(of("ticket.escalated", ticket()), unknown, "{who:?}");
            let deleted = About::GoneTicket(Some(CategoryId(1)));
            assert_eq!(sight(&who, "ticket.deleted", &deleted), gone, "{who:?}");
        }
        let unnamed = About::GoneTicket(None);
        assert_eq!(
            sight(&actor(9, &[1], false), "ticket.closed", &unnamed),
            None
        );
    }

    #[test]
    fn changes_of_fields_are_for_those_who_see_the_field() {
        for (who, everybodys, techs, admins) in [
            (actor(5, &[], false), true, false, false),
            (actor(9, &[1], false), true, true, false),
            (actor(9, &[], true), true, true, true),
        ] {
            for (audience, expected) in [
                (Audience::Everybody, everybodys),
                (Audience::Technicians, techs),
                (Audience::Administrators, admins),
            ] {
                let facts = TicketFacts {
                    field: Some(audience),
                    ..ticket()
                };
                let about = About::Ticket(facts);
                let heard = sight(&who, "ticket.field_changed", &about).is_some();
                assert_eq!(heard, expected, "{audience:?} {who:?}");
            }
        }
    }

    #[test]
    fn records_are_for_staff_and_what_nobody_knows_for_administrators() {
        let customer = actor(5, &[], false);
        let technician = actor(9, &[1], false);
        let administrator = actor(9, &[], true);
        for (about, by_technician) in [
            (About::Records(None), true),
            (About::Records(Some(Audience::Technicians)), true),
            (About::Records(Some(Audience::Administrators)), false),
            (About::Other, false),
        ] {
            assert_eq!(sight(&customer, "user.updated", &about), None);
            let heard = sight(&technician, "user.updated", &about).is_some();
            assert_eq!(heard, by_technician, "{about:?}");
            let heard = sight(&administrator, "user.updated", &about);
            assert_eq!(heard, Some(Sight::Staff));
        }
    }

    #[test]
    fn articles_are_for_those_who_see_their_category() {
        let article = |for_techs_only, for_specific_users| {
            About::Article(ArticleFacts {
                category: categories::CategoryFacts {
                    id: CategoryId(1),
                    for_techs_only: false,
                    for_specific_users,
                    lists_actor: false,
                    disabled: false,
                },
                for_techs_only,
                users: vec![5],
                companies: vec![1],
            })
        };
        let of_company = Actor {
            company_id: Some(CompanyId(1)),
            ..actor(6, &[], false)
        };
        for (who, open, listed, internal) in [
            (actor(5, &[], false), true, true, false),
            (of_company, true, true, false),
            (actor(7, &[2], false), true, false, false),
            (actor(9, &[1], false), true, true, true),
        ] {
            let hears = |about: &About| sight(&who, "article.created", about).is_some();
            assert_eq!(hears(&article(false, false)), open, "{who:?}");
            assert_eq!(hears(&article(false, true)), listed, "{who:?}");
            assert_eq!(hears(&article(true, false)), internal, "{who:?}");
        }
    }
}
