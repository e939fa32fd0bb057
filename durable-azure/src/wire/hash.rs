//! Which partition an instance belongs to.

/// Returns the hash FNV-1a of 32 bits of a text's UTF-8.
pub(crate) fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// Returns the partition of an instance, from its id as it is: not escaped, and case matters.
///
/// The result is below `count`; a count of 0 is taken for 1.
pub(crate) fn partition_of(instance: &str, count: u32) -> u32 {
    fnv1a(instance) % count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_specification_hold() {
        for (instance, hash, of_4, of_16) in [
            ("", 0x811c_9dc5, 1, 5),
            ("a", 0xe40c_292c, 0, 12),
            ("abc", 0x1a47_e90b, 3, 11),
            ("f71ac761454f41468d9923ac39e9bdbc", 0x6198_f775, 1, 5),
            ("@counter@mykey", 0xcc6a_5e00, 0, 0),
            ("order-123", 0xa508_cf1a, 2, 10),
            ("héllo", 0x4aa4_8540, 0, 0),
        ] {
            assert_eq!(fnv1a(instance), hash, "{instance}");
            assert_eq!(partition_of(instance, 4), of_4, "{instance}");
            assert_eq!(partition_of(instance, 16), of_16, "{instance}");
        }
    }

    #[test]
    fn one_partition_has_everything() {
        assert_eq!(partition_of("abc", 1), 0);
        assert_eq!(partition_of("abc", 0), 0);
    }
}
