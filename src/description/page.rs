//! `/api/docs`: the description for people. Everything it loads is inside the binary.

use std::sync::Arc;

use axum::extract::{OriginalUri, Path};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa_swagger_ui::Config;

use crate::domain::Error;
use crate::http::error::ApiError;
use crate::http::reply::Page;

/// The page's address, below either root.
const ADDRESS: &str = "/api/docs";

/// Nothing from elsewhere. Swagger UI puts styles into its elements, and pictures into its style sheet.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Starts the page; a file of its own, since the policy allows no script in the page.
const START: &str = "const docs = document.currentScript.src;\n\
window.addEventListener('load', () => {\n\
  window.ui = SwaggerUIBundle({\n\
    url: new URL('../openapi.json', docs).href,\n\
    dom_id: '#swagger-ui',\n\
    deepLinking: true,\n\
    docExpansion: 'none',\n\
    filter: true,\n\
    validatorUrl: null,\n\
    presets: [SwaggerUIBundle.presets.apis],\n\
  });\n\
});\n";

/// `GET /api/docs`
pub async fn docs(OriginalUri(address): OriginalUri) -> Page {
    // The address may end with a slash or not, and stand below the other root: links to files name all of it.
    let path = address.path().to_ascii_lowercase();
    let root = path.split_once(ADDRESS).map_or("", |(root, _)| root);
    let root = crate::domain::html::escape(root);
    Page::new(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Ferrodesk API</title>\n\
         <link rel=\"stylesheet\" href=\"{root}{ADDRESS}/swagger-ui.css\">\n\
         <link rel=\"icon\" type=\"image/png\" href=\"{root}{ADDRESS}/favicon-32x32.png\">\n</head>\n<body>\n\
         <div id=\"swagger-ui\"></div>\n\
         <script src=\"{root}{ADDRESS}/swagger-ui-bundle.js\"></script>\n\
         <script src=\"{root}{ADDRESS}/start.js\"></script>\n</body>\n</html>\n"
    ))
    .with_policy(POLICY)
}

/// `GET /api/docs/{file}`
pub async fn file(Path(name): Path<String>) -> Response {
    if name == "start.js" {
        return asset("text/javascript; charset=utf-8", START.as_bytes().to_vec());
    }
    match utoipa_swagger_ui::serve(&name, Arc::new(Config::default())) {
        // Its own pages would load what they like.
        Ok(Some(file)) if !file.content_type.starts_with("text/html") => {
            asset(&file.content_type, file.bytes.into_owned())
        }
        Ok(_) => (StatusCode::NOT_FOUND, "There is no such file.").into_response(),
        Err(error) => ApiError::from(Error::internal(error.to_string())).into_response(),
    }
}

fn asset(content_type: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        // They change with the program only.
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, bytes).into_response()
}
