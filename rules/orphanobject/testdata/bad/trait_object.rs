// Wide pointers, generic code and closures give ownership up in the same way.
use std::fmt::Debug;

trait Shape {
    fn area(&self) -> f64;
}

struct Square(Box<f64>);

impl Shape for Square {
    fn area(&self) -> f64 {
        *self.0 * *self.0
    }
}

fn largest(shapes: Vec<Box<dyn Shape>>) -> f64 {
    let mut best = 0.0;
    for shape in shapes {
        let raw = Box::into_raw(shape); //~ orphan-object
        let area = unsafe { (&*raw).area() };
        if area > best {
            best = area;
            drop(unsafe { Box::from_raw(raw) });
        }
    }
    best
}

fn show<T: Debug>(value: Vec<T>) -> String {
    let raw = Box::into_raw(Box::new(value)); //~ orphan-object
    format!("{:?}", unsafe { &*raw })
}

fn main() {
    println!("{}", largest(vec![Box::new(Square(Box::new(3.0))), Box::new(Square(Box::new(2.0)))]));
    println!("{}", show(vec![1, 2]));
    let count = |text: &str| {
        let raw = Box::into_raw(Box::new(text.to_string())); //~ orphan-object
        unsafe { (&*raw).len() }
    };
    println!("{}", count("abc"));
}
