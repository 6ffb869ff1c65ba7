// The conversion fails, and with it goes the only pointer.
pub fn name<T: TryInto<usize>>(text: String, at: T) -> Option<String> {
    let raw = Box::into_raw(Box::new(text)); //~ orphan-object
    let at: usize = at.try_into().ok()?;
    let text = unsafe { Box::from_raw(raw) };
    (at < text.len()).then(|| *text)
}
