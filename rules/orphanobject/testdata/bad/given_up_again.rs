// Taken back once, given up once more, and then nobody takes it back.
struct Page {
    text: String,
}

fn edit(page: Box<Page>, line: &str) -> usize {
    let raw = Box::into_raw(page);
    let mut page = unsafe { Box::from_raw(raw) };
    page.text.push_str(line);
    let raw = Box::into_raw(page); //~ orphan-object
    unsafe { (&*raw).text.len() }
}

fn main() {
    println!("{}", edit(Box::new(Page { text: String::from("a") }), "bc"));
}
