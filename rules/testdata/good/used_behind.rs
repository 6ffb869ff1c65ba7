// Used before the drop, although it stands behind it in a loop's text.
pub fn length(text: Box<String>) -> usize {
    let raw: *const String = &*text;
    let n = unsafe { (&*raw).len() };
    drop(text);
    n
}

pub fn each(list: Vec<Box<String>>) -> usize {
    let mut n = 0;
    let mut last: Option<Box<String>> = None;
    for text in list {
        let raw: *const String = &*text;
        n += unsafe { (&*raw).len() };
        last = Some(text);
    }
    drop(last);
    n
}
