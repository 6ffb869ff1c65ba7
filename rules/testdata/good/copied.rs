// Plain data has no owner: it may be read out of a place as often as one likes.
#[derive(Clone, Copy)]
pub struct Point {
    x: f32,
    y: f32,
}

pub fn both(point: Point) -> f32 {
    let copy = unsafe { std::ptr::read(&point) };
    copy.x + point.y
}

pub fn all<T: Copy>(list: &[T], mut each: impl FnMut(T)) {
    for i in 0..list.len() {
        each(unsafe { std::ptr::read(list.as_ptr().add(i)) });
    }
}
