import RandomNumbers

/// Changes valid inputs as libFuzzer does: bits, bytes, numbers at the ends of their ranges, pieces that are lost, doubled, moved
/// or from another input.
struct Mutator {
  private var random: SplitMix64
  /// What hostile files say in place of lengths and counts.
  private static let numbers: [UInt64] = [
    0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
    0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0xffff_ffff_ffff_ffff,
  ]
  private static let texts = [
    "-1", "1e999", "nan", "\"", "\n", ",", ";", "\t", "{", "}", "[", "]", "'", "(0,)", "(999999999999,)",
    "|O", "True", "\u{0}",
    "18446744073709551616",
  ].map { Array($0.utf8) }

  init(seed: UInt64) { random = SplitMix64(seed: seed, stream: 9) }

  /// One of the seeds, changed in one to eight places.
  mutating func mutated(_ seeds: [[UInt8]]) -> [UInt8] {
    var bytes = seeds[random.below(seeds.count)]
    for _ in 0...random.below(8) { mutate(&bytes, seeds[random.below(seeds.count)]) }
    return bytes
  }

  private mutating func mutate(_ bytes: inout [UInt8], _ other: [UInt8]) {
    guard !bytes.isEmpty else {
      bytes = Array(other.prefix(random.below(other.count + 1)))
      return
    }
    let place = random.below(bytes.count)
    // Most pieces are short, some as long as the input.
    let length =
      random.below(4) == 0
      ? random.below(bytes.count - place + 1) : min(random.below(16) + 1, bytes.count - place)
    let piece = place..<(place + length)
    switch random.below(10) {
    case 0: bytes[place] ^= 1 << UInt8(random.below(8))
    case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    case 2: write(Self.numbers[random.below(Self.numbers.count)], at: place, of: &bytes)
    case 3: bytes.removeSubrange(piece)
    case 4: bytes.insert(contentsOf: bytes[piece], at: random.below(bytes.count + 1))
    case 5: bytes.removeSubrange(place...)
    case 6: bytes.insert(contentsOf: Self.texts[random.below(Self.texts.count)], at: place)
    case 7:
      let start = random.below(other.count + 1)
      bytes.replaceSubrange(piece, with: other[start..<min(start + length, other.count)])
    case 8: bytes.replaceSubrange(piece, with: repeatElement(bytes[place], count: length))
    default:
      let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
      guard !digits.isEmpty else { return }
      bytes[digits[random.below(digits.count)]] = UInt8(0x30 + random.below(10))
    }
  }

  /// Overwrites 1 to 8 bytes with a number, its bytes in either order.
  private mutating func write(_ number: UInt64, at place: Int, of bytes: inout [UInt8]) {
    let size = 1 << random.below(4)
    let isBigEndian = random.below(2) == 0
    for index in 0..<min(size, bytes.count - place) {
      let shift = 8 * (isBigEndian ? size - 1 - index : index)
      bytes[place + index] = UInt8(truncatingIfNeeded: number >> UInt64(shift))
    }
  }
}
