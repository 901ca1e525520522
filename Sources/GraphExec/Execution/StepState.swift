/// The progress of a model through an epoch, as `common.cl` lays it out on the device.
package struct StepState: Equatable, Sendable {
  package static let byteCount = 64
  /// Number of 32-bit words.
  package static let wordCount = byteCount / 4

  /// The words in use, by their places.
  private enum Place: Int {
    case step, cursor, count, lossSum, lossCarry, correct, seen
  }
  /// The place of the first word of the optimizer's rule.
  private static let rulePlace = 8

  /// All words, those in use first.
  package private(set) var words: [UInt32]

  package init() { words = [UInt32](repeating: 0, count: Self.wordCount) }
  package init(words: [UInt32]) { self.words = words }

  private subscript(integer place: Place) -> Int {
    get { Int(Int32(bitPattern: words[place.rawValue])) }
    set { words[place.rawValue] = UInt32(truncatingIfNeeded: newValue) }
  }
  private subscript(float place: Place) -> Float {
    get { Float(bitPattern: words[place.rawValue]) }
    set { words[place.rawValue] = newValue.bitPattern }
  }

  /// Optimizer steps begun since training started.
  package var step: Int {
    get { self[integer: .step] }
    set { self[integer: .step] = newValue }
  }
  /// Position in the epoch's order of the batch's first image.
  package var cursor: Int {
    get { self[integer: .cursor] }
    set { self[integer: .cursor] = newValue }
  }
  /// Images in the batch.
  package var count: Int {
    get { self[integer: .count] }
    set { self[integer: .count] = newValue }
  }
  /// What the optimizer prepared for this step.
  package var rule: SIMD8<Float> {
    get { SIMD8(words[Self.rulePlace...].map { Float(bitPattern: $0) }) }
    set { for place in 0..<8 { words[Self.rulePlace + place] = newValue[place].bitPattern } }
  }
  /// Sum of the epoch's losses so far.
  package var lossSum: Float {
    get { self[float: .lossSum] }
    set { self[float: .lossSum] = newValue }
  }
  /// What that sum has lost to rounding (Kahan).
  package var lossCarry: Float {
    get { self[float: .lossCarry] }
    set { self[float: .lossCarry] = newValue }
  }
  /// Images of this epoch whose largest logit is their label's.
  package var correct: Int {
    get { self[integer: .correct] }
    set { self[integer: .correct] = newValue }
  }
  /// Images of this epoch.
  package var seen: Int {
    get { self[integer: .seen] }
    set { self[integer: .seen] = newValue }
  }

  /// Sums of the epoch so far.
  package var totals: EpochTotals {
    EpochTotals(loss: Double(lossSum) - Double(lossCarry), correct: correct, images: seen)
  }
}
