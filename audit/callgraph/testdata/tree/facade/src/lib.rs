//! A library of the workspace: what it offers runs for those who use it.

pub const HANDLERS: &[(&str, fn())] = &[("a", api_in_constant)];
pub struct Table {
    pub run: fn(),
}
pub static TABLE: Table = Table { run: api_in_static };
pub fn function() {
    api_by_function()
}

fn api_in_constant() {}
fn api_in_static() {}
fn api_by_function() {}
