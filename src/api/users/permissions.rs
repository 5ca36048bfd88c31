//! `AddCategoryTechPermission`, `RemoveCategoryTechPermission`.
