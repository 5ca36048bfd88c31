use ferrodesk::api::table::table;

#[test]
fn the_table_has_the_methods_of_the_document_in_its_order() {
    let expected: Vec<&str> = include_str!("../methods.txt").lines().collect();
    let table = table();
    let names: Vec<&str> = table
        .methods()
        .iter()
        .take(expected.len())
        .map(|method| method.name)
        .collect();
    assert_eq!(names, expected);
}
