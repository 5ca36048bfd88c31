//! Everything on the desk that stands in a file, kind by kind.

use sqlx::PgConnection;

use super::names::Names;
use super::portable::{Portable, load};
use super::repo;
use crate::domain::administration::{Kept, Stored};
use crate::domain::business_hours::BusinessHoursKind;
use crate::domain::categories::CategoryKind;
use crate::domain::comment_templates::{CommentTemplateGroupKind, CommentTemplateKind};
use crate::domain::companies::CompanyKind;
use crate::domain::custom_fields::CustomFieldKind;
use crate::domain::departments::DepartmentKind;
use crate::domain::rules::RuleKind;
use crate::domain::sections::SectionKind;
use crate::domain::statuses::StatusKind;
use crate::domain::users::kept::UserKind;
use crate::domain::{Actor, Result};

/// All of a kind.
pub(super) type All<K> = Vec<Stored<<K as Kept>::Draft>>;

/// Everything, as it is stored.
pub(super) struct Everything {
    pub(super) departments: All<DepartmentKind>,
    pub(super) companies: All<CompanyKind>,
    pub(super) users: All<UserKind>,
    pub(super) business_hours: All<BusinessHoursKind>,
    pub(super) sections: All<SectionKind>,
    pub(super) categories: All<CategoryKind>,
    pub(super) statuses: All<StatusKind>,
    pub(super) fields: All<CustomFieldKind>,
    pub(super) templates: All<CommentTemplateKind>,
    pub(super) rules: All<RuleKind>,
}

impl Everything {
    /// Read all of it, each kind after those it names, and all names.
    pub(super) async fn load(conn: &mut PgConnection, actor: &Actor) -> Result<(Self, Names)> {
        let mut names = Names {
            groups: repo::groups(conn).await?,
            ..Names::default()
        };
        let all = Self {
            departments: load::<DepartmentKind>(conn, actor, &mut names).await?,
            companies: load::<CompanyKind>(conn, actor, &mut names).await?,
            users: load::<UserKind>(conn, actor, &mut names).await?,
            business_hours: load::<BusinessHoursKind>(conn, actor, &mut names).await?,
            sections: load::<SectionKind>(conn, actor, &mut names).await?,
            categories: load::<CategoryKind>(conn, actor, &mut names).await?,
            statuses: load::<StatusKind>(conn, actor, &mut names).await?,
            fields: load::<CustomFieldKind>(conn, actor, &mut names).await?,
            templates: {
                load::<CommentTemplateGroupKind>(conn, actor, &mut names).await?;
                load::<CommentTemplateKind>(conn, actor, &mut names).await?
            },
            rules: load::<RuleKind>(conn, actor, &mut names).await?,
        };
        Ok((all, names))
    }
}

/// As they stand in a file.
pub(super) fn items<K: Portable>(
    stored: &[Stored<K::Draft>],
    names: &Names,
) -> Result<Vec<K::Item>> {
    let items = stored.iter();
    items
        .map(|stored| K::item(stored.id, &stored.draft, names))
        .collect()
}
