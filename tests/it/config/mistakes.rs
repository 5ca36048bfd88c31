//! What is wrong in a file is told with its place, all of it, and nothing is done.

use super::Place;

/// Apply a file that must be refused; the lines that tell of mistakes.
async fn mistakes(place: &Place, text: &str) -> Vec<String> {
    let before = place.everything().await;
    let path = place.file(text);
    let (code, said, errors) = place.run(&["apply", &path]).await;
    assert_eq!(code, 1, "{text}\n{said}{errors}");
    assert!(
        place.everything().await == before,
        "something was done: {text}"
    );
    let prefix = format!("{path}:");
    let told = errors.lines().filter_map(|line| line.strip_prefix(&prefix));
    told.map(str::to_owned).collect()
}

/// A file, where its mistake is, and a word of what is said of it.
const WRONG: &[(&str, &str, &str)] = &[
    ("sections:\n  - nme: A\n", "2:", "nme"),
    ("sections:\n  - name: A\n    order: first\n", "3:", "first"),
    ("sections:\n  - name: A\n    name: B\n", "3:", "name"),
    ("sections:\n  - order: 1\n", "2:", "name"),
    ("sections: [\n", "", ""),
    ("secions: []\n", "1:1", "secions"),
    ("sections:\n  - name: ''\n", "2:", "name"),
    (
        "categories:\n  - name: A\n    section: Nowhere\n",
        "3:",
        "Nowhere",
    ),
    (
        "categories:\n  - name: A\n    technicians: [nobody]\n",
        "3:",
        "nobody",
    ),
    (
        "categories:\n  - name: A\n    technicians: ['@nobody']\n",
        "3:",
        "nobody",
    ),
    (
        "categories:\n  - name: A\n    visible_to:\n      companies: [Nobody]\n",
        "4:",
        "Nobody",
    ),
    ("statuses:\n  - name: A\n    color: red\n", "3:", "color"),
    (
        "statuses:\n  - name: A\n    categories: [Nowhere]\n",
        "3:",
        "Nowhere",
    ),
    (
        "custom_fields:\n  - name: A\n    usage: cars\n    type: text\n",
        "3:",
        "cars",
    ),
    (
        "custom_fields:\n  - name: A\n    usage: tickets\n    type: text\n    categories: [Nowhere]\n",
        "5:",
        "Nowhere",
    ),
    (
        "rules:\n  - name: A\n    trigger: { type: moon_rises }\n",
        "3:",
        "moon_rises",
    ),
    (
        "rules:\n  - name: A\n    trigger: { type: closed }\n    actions:\n      - { type: set_status, value: Nowhere }\n",
        "5:",
        "Nowhere",
    ),
    (
        "rules:\n  - name: A\n    trigger: { type: closed }\n    conditions:\n      - { type: category_is, value: Nowhere }\n",
        "5:",
        "Nowhere",
    ),
    ("sections:\n  - name: A\n  - name: a\n", "3:", "a"),
];

#[tokio::test]
async fn a_mistake_is_told_with_its_line_and_column() {
    let place = Place::new().await;
    for (text, at, word) in WRONG {
        let told = mistakes(&place, text).await;
        assert!(
            told.iter()
                .any(|line| line.starts_with(*at) && line.contains(*word)),
            "{text}: {told:?}"
        );
    }
}

#[tokio::test]
async fn all_mistakes_are_told_at_once() {
    let place = Place::new().await;
    let text =
        "categories:\n  - name: A\n    section: Nowhere\n  - name: B\n    technicians: [nobody]\n";
    let told = mistakes(&place, text).await;
    assert_eq!(told.len(), 2, "{told:?}");
}

#[tokio::test]
async fn what_is_no_file_or_too_much_of_one_is_told() {
    let place = Place::new().await;
    let (code, _, errors) = place.run(&["apply", "nowhere.yaml"]).await;
    assert_eq!(code, 1);
    assert!(errors.contains("nowhere.yaml"), "{errors}");
    let mut bomb = String::from("a0: &a0 [x, x]\n");
    for level in 1..30 {
        let below = level - 1;
        let line = format!("a{level}: &a{level} [*a{below}, *a{below}]\n");
        bomb.push_str(&line);
    }
    mistakes(&place, &bomb).await;
    mistakes(&place, &format!("sections: {}", "[".repeat(100_000))).await;
}
