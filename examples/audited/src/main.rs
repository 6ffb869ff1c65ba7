use slotring::Ring;

/// Keeps the last three readings.
fn main() {
    let mut last = Ring::new(3);
    for reading in [21, 22, 24, 23] {
        if last.is_full() {
            last.pop();
        }
        last.push(reading);
    }
    println!("mean {}", mean(&mut last));
}

fn mean(last: &mut Ring<u32>) -> u32 {
    let (mut sum, mut n) = (0, 0);
    while n < 3 {
        sum += last.pop();
        n += 1;
    }
    sum / n
}
