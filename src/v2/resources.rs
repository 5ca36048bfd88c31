//! What administrators keep, and where it is.

use crate::domain::business_hours::BusinessHoursKind;
use crate::domain::categories::CategoryKind;
use crate::domain::comment_templates::{CommentTemplateGroupKind, CommentTemplateKind};
use crate::domain::companies::CompanyKind;
use crate::domain::custom_fields::CustomFieldKind;
use crate::domain::departments::DepartmentKind;
use crate::domain::mail_templates::MailTemplateKind;
use crate::domain::rules::RuleKind;
use crate::domain::sections::SectionKind;
use crate::domain::statuses::StatusKind;
use crate::domain::tags::TagKind;
use crate::domain::users::kept::UserKind;

use super::kept::Resource;

macro_rules! resources {
    ($($kind:ty: $path:literal, $name:literal $(, rights = $rights:literal)?;)*) => {$(
        impl Resource for $kind {
            const PATH: &'static str = $path;
            const NAME: &'static str = $name;
            $(const RIGHTS: bool = $rights;)?
        }
    )*};
}

resources! {
    SectionKind: "sections", "Section";
    CategoryKind: "categories", "Category", rights = true;
    BusinessHoursKind: "business_hours", "BusinessHours";
    StatusKind: "statuses", "Status";
    TagKind: "tags", "Tag";
    CommentTemplateGroupKind: "comment_template_groups", "CommentTemplateGroup";
    CommentTemplateKind: "comment_templates", "CommentTemplate";
    CustomFieldKind: "custom_fields", "CustomFieldDefinition", rights = true;
    MailTemplateKind: "mail_templates", "MailTemplate";
    DepartmentKind: "departments", "Department", rights = true;
    CompanyKind: "companies", "Company", rights = true;
    RuleKind: "rules", "Rule";
    UserKind: "users", "User", rights = true;
}
