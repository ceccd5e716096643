//! Operations through the whole pipeline: `<service>/<operation>.rs`.

mod admin;
