/// The hash FNV-1a of 64 bits: tells texts apart, not people who mean harm.
package enum FNV1a {
  /// The hash of bytes.
  package static func hash(of bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// The hash in hexadecimal digits.
  package static func digest(of bytes: some Sequence<UInt8>) -> String { String(hash(of: bytes), radix: 16) }
}
