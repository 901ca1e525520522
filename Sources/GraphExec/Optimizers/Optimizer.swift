/// An update rule: how a parameter's entries follow their gradient.
///
/// It is said twice, once here and once in a file of `Kernels/optimizers`; `whittle verify` holds the two against each
/// other. A value keeps its numbers as they were given. Every backend computes with them rounded to 32 bits, once, in
/// `numbers`.
public protocol Optimizer: Configurable, Hashable {
  /// Its file in `Kernels/optimizers`, without the ending.
  static var kernelFile: String { get }
  /// Rules that between them use every option: what `whittle verify` and the tests try.
  static var examples: [Self] { get }
  /// The size of a step, which a schedule may lower over the epochs.
  var learningRate: Double { get set }
  /// What the rule itself remembers of each entry, by the names that files use; two at most.
  var ownSlots: [String] { get }
  /// Whether `-g w` of each entry is added up beside the rule, in a slot of its own: its movement away from zero, by which
  /// pruning may rank (`Movement`). A model turns it on where its pruning does.
  var tracksMovement: Bool { get set }
  /// Macros that its kernel file is built with beside `SLOTS` and `MOVEMENT`.
  var macros: [(String, Int)] { get }
  /// What the kernel file's `prepare` is given beside the step and its learning rate, in its order; eight at most.
  var numbers: [Float] { get }
  /// Floating-point operations of the rule for an entry.
  var flops: Int { get }
  /// Which option does not go with another, and why; nil where all go together.
  var conflict: (option: String, problem: String)? { get }
  /// What is prepared once in a step: the words of the kernel file's `Rule`, in its order.
  ///
  /// - Parameters:
  ///   - step: 1 in the first step.
  ///   - rate: the step's learning rate.
  func rule(step: Int, rate: Float) -> SIMD8<Float>
  /// One step of an entry.
  func update<Number: UpdateNumber>(
    _ entry: inout OptimizedEntry<Number>, gradient: Number, rule: SIMD8<Float>)
  /// One step of all entries of a parameter, in 32-bit floats.
  func update(
    _ values: UnsafeMutableBufferPointer<Float>, slots: [UnsafeMutableBufferPointer<Float>],
    gradient: UnsafeMutableBufferPointer<Float>, rule: SIMD8<Float>)
}

/// A number that an update rule is computed in: `Float` to train, and what a verification bounds its errors with.
public protocol UpdateNumber {
  /// The number of this value.
  init(_ value: Float)
  /// The sum.
  static func + (a: Self, b: Self) -> Self
  /// The difference.
  static func - (a: Self, b: Self) -> Self
  /// The product.
  static func * (a: Self, b: Self) -> Self
  /// The quotient.
  static func / (a: Self, b: Self) -> Self
  /// The square root.
  func squareRoot() -> Self
}

extension Float: UpdateNumber {}

/// An entry of a parameter, and what the optimizer remembers of it: as much as it has slots.
public struct OptimizedEntry<Number: UpdateNumber> {
  /// The entry.
  public var value: Number
  /// The number in the first slot.
  public var slot0: Number
  /// The number in the second slot.
  public var slot1: Number

  /// Creates an entry; slots that the optimizer does not have stay as they are.
  public init(_ value: Number, slot0: Number = Number(0), slot1: Number = Number(0)) {
    self.value = value
    self.slot0 = slot0
    self.slot1 = slot1
  }
}

extension Optimizer {
  /// None.
  public var macros: [(String, Int)] { [] }
  /// None.
  public var conflict: (option: String, problem: String)? { nil }

  /// All that is remembered of each entry, by the names that files use.
  public var slots: [String] { ownSlots + (tracksMovement ? ["movement"] : []) }

  /// One step of all entries, a loop for each number of slots, so that none is read that is not there.
  public func update(
    _ values: UnsafeMutableBufferPointer<Float>, slots: [UnsafeMutableBufferPointer<Float>],
    gradient: UnsafeMutableBufferPointer<Float>, rule: SIMD8<Float>
  ) {
    if tracksMovement, let movement = slots.last {
      for i in 0..<values.count { movement[i] -= gradient[i] * values[i] }
    }
    switch ownSlots.count {
    case 0:
      for i in 0..<values.count {
        var entry = OptimizedEntry(values[i])
        update(&entry, gradient: gradient[i], rule: rule)
        values[i] = entry.value
      }
    case 1:
      let slot0 = slots[0]
      for i in 0..<values.count {
        var entry = OptimizedEntry(values[i], slot0: slot0[i])
        update(&entry, gradient: gradient[i], rule: rule)
        (values[i], slot0[i]) = (entry.value, entry.slot0)
      }
    default:
      let (slot0, slot1) = (slots[0], slots[1])
      for i in 0..<values.count {
        var entry = OptimizedEntry(values[i], slot0: slot0[i], slot1: slot1[i])
        update(&entry, gradient: gradient[i], rule: rule)
        (values[i], slot0[i], slot1[i]) = (entry.value, entry.slot0, entry.slot1)
      }
    }
  }

  /// The parts of a parameter that hold its slots.
  package var slotParts: [ParameterPart] { slots.indices.map { .slot($0) } }

  func equals(_ other: any Optimizer) -> Bool { (other as? Self) == self }
}
