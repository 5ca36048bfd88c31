//! Comment templates in a file, and the groups they stand in.

use super::Portable;
use crate::config::desk;
use crate::config::names::{Index, Names, Resolver};
use crate::domain::Result;
use crate::domain::comment_templates::{
    CommentTemplateDraft, CommentTemplateGroupDraft, CommentTemplateGroupKind, CommentTemplateKind,
};

/// They stand in a file only as what templates name.
impl Portable for CommentTemplateGroupKind {
    const KEY: &'static str = "comment_template_groups";
    type Item = desk::Named;

    fn index(names: &mut Names) -> &mut Index {
        &mut names.template_groups
    }

    fn item(_: i32, draft: &CommentTemplateGroupDraft, _: &Names) -> Result<desk::Named> {
        Ok(desk::Named {
            name: draft.name.clone(),
        })
    }

    fn draft(
        item: desk::Named,
        _: Option<&CommentTemplateGroupDraft>,
        _: &mut Resolver<'_>,
    ) -> CommentTemplateGroupDraft {
        CommentTemplateGroupDraft { name: item.name }
    }
}

impl Portable for CommentTemplateKind {
    const KEY: &'static str = "comment_templates";
    type Item = desk::CommentTemplate;

    fn index(names: &mut Names) -> &mut Index {
        &mut names.templates
    }

    fn item(_: i32, draft: &CommentTemplateDraft, names: &Names) -> Result<desk::CommentTemplate> {
        let group = draft.group_id.and_then(|id| names.template_groups.name(id));
        Ok(desk::CommentTemplate {
            name: draft.name.clone(),
            group: group.map(str::to_owned),
            body: draft.body.clone(),
        })
    }

    fn draft(
        item: desk::CommentTemplate,
        _: Option<&CommentTemplateDraft>,
        found: &mut Resolver<'_>,
    ) -> CommentTemplateDraft {
        let groups = &found.names.template_groups;
        CommentTemplateDraft {
            group_id: found.optional(groups, "group", item.group.as_deref(), "group"),
            name: item.name,
            body: item.body,
        }
    }

    fn field(of_draft: &str) -> &str {
        match of_draft {
            "group_id" => "group",
            other => other,
        }
    }
}
