/// What launches take from an optimizer: the file that goes before theirs, its macros, its buffers and its numbers.
extension Optimizer {
  /// The optimizer's kernel file.
  var prelude: String { "optimizers/\(Self.kernelFile).cl" }

  /// The `-D` options that its kernel file is built with.
  var kernelOptions: String {
    defines([("SLOTS", slots.count)] + (tracksMovement ? [("MOVEMENT", 1)] : []) + macros)
  }

  /// The numbers that its `prepare` takes, as one argument.
  var numbersArgument: Launch.Argument {
    var numbers = SIMD8<Float>(repeating: 0)
    for (place, number) in self.numbers.enumerated() { numbers[place] = number }
    return .float8(numbers)
  }

  /// What every kernel with an update takes, from the parameter's values on.
  func updateArguments(of layer: LayerWeight) -> [Launch.Argument] {
    [layer.buffer(.value)] + slotParts.map(layer.buffer)
  }

  /// Floating-point operations of an update for an entry.
  var updateFlops: Int { flops + (tracksMovement ? 2 : 0) }

  /// Bytes of an entry that an update reads and writes: the value and the slots.
  var updateBytes: Int { 8 + 8 * slots.count }
}
