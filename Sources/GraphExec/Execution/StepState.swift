/// The progress of a model through an epoch, as `common.cl` lays it out on the device.
package struct StepState {
  package static let byteCount = 64
  /// Number of 32-bit words.
  package static let words = byteCount / 4

  private var word: [UInt32]

  package init() { word = [UInt32](repeating: 0, count: Self.words) }
  package init(words: [UInt32]) { word = words }

  /// Optimizer steps taken since training started.
  package var step: Int {
    get { Int(Int32(bitPattern: word[0])) }
    set { word[0] = UInt32(truncatingIfNeeded: newValue) }
  }

  package var words: [UInt32] { word }

  /// Sums of the epoch so far. The loss is a compensated sum: what was lost to rounding is in its carry.
  package var totals: EpochTotals {
    EpochTotals(
      loss: Double(Float(bitPattern: word[5])) - Double(Float(bitPattern: word[6])),
      correct: Int(Int32(bitPattern: word[7])), images: Int(Int32(bitPattern: word[8])))
  }
}
