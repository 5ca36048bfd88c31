use super::*;

#[test]
fn tags_become_elements() {
    for (text, html) in [
        ("[b]Sub[/b]title\r\n\r\nText", "<b>Sub</b>title<br><br>Text"),
        ("[I]a[/i] [U]b[/u] [s]c[/S]", "<i>a</i> <u>b</u> <s>c</s>"),
        (
            "[url=https://x.test/?a=1&b=2]here[/url]",
            "<a href=\"https://x.test/?a=1&amp;b=2\">here</a>",
        ),
        (
            "[url=\"http://x.test\"][b]here[/b][/url]",
            "<a href=\"http://x.test\"><b>here</b></a>",
        ),
        (
            "[url]www.x.test[/url]",
            "<a href=\"http://www.x.test\">www.x.test</a>",
        ),
        (
            "[email]a@x.test[/email]",
            "<a href=\"mailto:a@x.test\">a@x.test</a>",
        ),
        (
            "[img]/File/Get/7[/img]",
            "<img src=\"/File/Get/7\" alt=\"\">",
        ),
        (
            "[list]\n[*]one\n[*]two [b]x[/b]\n[/list]\nafter",
            "<ul><li>one<br></li><li>two <b>x</b><br></li></ul>after",
        ),
        ("[list=1][*]one[/list]", "<ol><li>one</li></ol>"),
        (
            "[quote=Ann]hi[/quote]\nyes",
            "<blockquote><cite>Ann</cite><br>hi</blockquote>yes",
        ),
        (
            "[code]\nif a[i] < 1 [b]x[/b]\n[/code]",
            "<pre><code>if a[i] &lt; 1 [b]x[/b]\n</code></pre>",
        ),
        ("[size=5][color=red]big[/color][/size]", "big"),
    ] {
        assert_eq!(to_html(text), html, "{text}");
    }
}

#[test]
fn what_is_no_tag_is_text() {
    for text in [
        "a[0] and [1]",
        "[b] never ended",
        "[*] no list",
        "[unknown]x[/unknown]",
        "[b=[i]",
        "[",
        "[/",
        "[img][b]x[/b]",
        "[url]two\nlines",
    ] {
        let html = to_html(text);
        assert_eq!(
            html.replace("<br>", "\n")
                .replace("<b>", "[b]")
                .replace("</b>", "[/b]"),
            text
        );
    }
}

#[test]
fn wrong_nesting_is_mended() {
    for (text, html) in [
        ("[b][i]x[/b]y[/i]", "<b><i>x</i></b>y"),
        ("x[/b]", "x"),
        (
            "[quote][b]x[/quote]y[/b]",
            "<blockquote><b>x</b></blockquote>y",
        ),
        (
            "[list][*][b]x[*]y[/list][/b]",
            "<ul><li><b>x</b></li><li>y</li></ul>",
        ),
        (
            "[url=http://a.test][url=http://b.test]x[/url][/url]",
            "<a href=\"http://a.test\">x</a>",
        ),
    ] {
        assert_eq!(to_html(text), html, "{text}");
    }
}

#[test]
fn addresses_that_do_something_are_no_links() {
    for address in [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "http:\u{1}//x",
    ] {
        for text in [
            format!("[url={address}]x[/url]"),
            format!("[url]{address}[/url]"),
            format!("[img]{address}[/img]"),
        ] {
            let html = to_html(&text);
            assert!(!html.contains('<'), "{html}");
        }
    }
}

#[test]
fn markup_in_it_is_written_out() {
    let html = to_html("[url=http://x.test/\"onclick=alert(1)]<img src=x>[/url]<b>");
    assert_eq!(
        html,
        "<a href=\"http://x.test/&quot;onclick=alert(1)\">&lt;img src=x&gt;</a>&lt;b&gt;"
    );
}

#[test]
fn a_mebibyte_of_anything_is_quick() {
    let bytes = crate::html::MAX_BODY_BYTES;
    for piece in [
        "[",
        "[b",
        "[b=",
        "[b]",
        "[/b]",
        "[img]",
        "[url]",
        "[code]",
        "[list][*]",
        "[url=x",
    ] {
        for end in ["", "[/b][/img][/url][/code][/list]"] {
            let text = piece.repeat(bytes / piece.len()) + end;
            let begun = std::time::Instant::now();
            let html = to_html(&text);
            assert!(html.len() <= 8 * text.len());
            // Anything that looks at the text more than once for each tag would take minutes.
            assert!(begun.elapsed().as_secs() < 10, "{piece}");
        }
    }
}
