/// A change of which entries a sparse weight has: the lowest by absolute value go, and as many come, at places where none is.
///
/// An entry that goes may come again, and then keeps its value and what the optimizer remembers of it, as in RigL's code;
/// others begin as zeros.
public struct TopologyEvent: Sendable, Equatable {
  /// The weight; in CSR where the backend executes that, else masked.
  public let weight: ParameterID
  /// Entries that go, and that come.
  public let count: Int
  /// The step before which it happens: random growth draws by it.
  public let step: Int

  /// Creates an event.
  public init(_ weight: ParameterID, count: Int, step: Int) {
    precondition(count >= 0 && step >= 0, "an event is about some entries and a step")
    (self.weight, self.count, self.step) = (weight, count, step)
  }

  /// Where the random bits of the places come from. Masks of dropout are drawn by the same steps, by the numbers of tensors:
  /// this is beyond all of these.
  package func bits(seed: UInt64) -> StepBits {
    StepBits(of: TensorID(1 << 24 + weight.index), seed: seed, step: step)
  }
}

/// Where entries come when the topology of a sparse weight changes.
public enum Regrowth: String, Sendable, CaseIterable {
  /// Anywhere (SET, Mocanu et al. 2018).
  case random
  /// Where the loss has the largest gradients (RigL, Evci et al. 2020): those that `Model.enqueueGradients` left.
  case gradient

  /// The key of a place by its gradient: the lowest come first.
  package static func key(ofGradient gradient: Float) -> UInt32 {
    0x8000_0000 - gradient.magnitude.bitPattern
  }
  /// The key of a place by its random bits.
  package static func key(ofBits bits: UInt32) -> UInt32 { bits >> 1 + 1 }
}
