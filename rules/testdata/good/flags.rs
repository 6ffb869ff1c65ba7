// Whether a value is still there is known at run time by a drop flag.
pub fn send(text: Box<String>, now: bool, out: &mut Vec<Box<String>>) -> usize {
    let text = text;
    let n = text.len();
    if now {
        out.push(text);
    }
    n
}

pub fn raw(text: Box<String>, now: bool, out: &mut Vec<Box<String>>) {
    let mut held = None;
    let raw = Box::into_raw(text);
    if now {
        out.push(unsafe { Box::from_raw(raw) });
    } else {
        held = Some(raw);
    }
    if let Some(raw) = held {
        drop(unsafe { Box::from_raw(raw) });
    }
}
