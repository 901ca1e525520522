/// The bits of many numbers in one (FNV-1a over their bytes in memory), for results that must stay the same bits.
package struct Digest {
  package let value: UInt64

  package init<T: BitwiseCopyable>(_ values: [T]) {
    value = values.withUnsafeBytes { bytes in
      bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
  }
}
