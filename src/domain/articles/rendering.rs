//! The body of an article as it is shown.

use std::borrow::Cow;

use super::bbcode;
use crate::error::Result;
use crate::html;

/// A body, as it was sent, as HTML that is safe to show. The sanitiser has the last word: nothing may change what
/// this returns. Long ones take a while: no connection should be held meanwhile.
pub async fn rendered(body: String) -> Result<String> {
    html::in_turn(body, |body| safe(&body)).await
}

/// HTML stays HTML, everything else is BBCode: never both at once, for a tag of one inside a tag of the other is
/// how markup escapes.
fn safe(body: &str) -> String {
    let body = body.strip_prefix(html::PREFIX).unwrap_or(body);
    let markup = if html::is_markup(body) {
        Cow::Borrowed(body)
    } else {
        Cow::Owned(bbcode::to_html(body))
    };
    html::sanitise(&markup)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_sanitised_and_its_brackets_stay() {
        assert_eq!(
            safe("<p onclick=x()>see [1] and [b]<script>alert(1)</script></p>"),
            "<p>see [1] and [b]</p>"
        );
    }

    #[test]
    fn bbcode_becomes_html() {
        assert_eq!(
            safe("[b]Subtitle[/b]\r\n\r\n1 < 2"),
            "<b>Subtitle</b><br><br>1 &lt; 2"
        );
    }

    #[test]
    fn markup_that_would_choke_the_parser_is_text() {
        let heavy = "<b><i><u>".repeat(20_000);
        assert!(!safe(&heavy).contains("<b>"));
    }
}
