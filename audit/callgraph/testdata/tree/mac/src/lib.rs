//! Macros that write impls.

#[macro_export]
macro_rules! visits {
    ($($t:ident => $f:path),*) => { $(
        impl base::Visit for $t {
            fn visit(&self) { $f() }
            fn fresh() -> Self { $t }
        }
    )* };
}

pub trait Shape {
    fn area(&self) -> u32;
    fn name() -> u32;
}

macro_rules! shapes {
    ($($n:ident $f:ident $g:ident;)*) => { $(
        #[derive(Default)]
        pub struct $n;
        impl Shape for $n {
            fn area(&self) -> u32 { $f() }
            fn name() -> u32 { $g() }
        }
    )* };
}
shapes! {
    Square yes_square_area yes_square_name;
}
pub fn area<S: Shape + Default>() -> u32 {
    S::default().area() + S::name()
}
fn yes_square_area() -> u32 {
    1
}
fn yes_square_name() -> u32 {
    2
}
