import Device

/// The bits of many numbers in one (FNV-1a over their bytes in memory), for results that must stay the same bits.
package struct Digest {
  package let value: UInt64

  package init<T: BitwiseCopyable>(_ values: [T]) {
    value = values.withUnsafeBytes { FNV1a.hash(of: $0) }
  }
}
