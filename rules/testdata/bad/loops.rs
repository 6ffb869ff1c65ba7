// Each turn gives up a value; one turn in the middle leaves without it.
pub fn sum(list: Vec<Box<u64>>) -> u64 {
    let mut sum = 0;
    for each in list {
        let raw = Box::into_raw(each); //~ orphan-object
        if unsafe { *raw } == 0 {
            continue;
        }
        sum += *unsafe { Box::from_raw(raw) };
    }
    sum
}
