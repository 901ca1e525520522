import Synchronization

/// How forward passes and training steps were found to be run fastest on a device: measured once in a process for all models of
/// one form, which a study has many of.
///
/// `Way` is a form that is not layer by layer.
final class FormChoices<Way: Sendable>: Sendable {
  /// What the time of a forward pass depends on. Which entries of a weight survive does not count, but how many do, and how
  /// many rows are taken together.
  private struct Form: Equatable {
    let forward: ForwardPass
    let batchSize: Int
    let sparseEntries: [Int?]
    let together: [ParameterID: [MatmulPass: Int]]
    /// Of a training step.
    let training: Training?
  }

  /// What its time depends on besides.
  private struct Training: Equatable {
    let updates: UpdateRule
    let formats: [String]
    let loss: SoftmaxCrossEntropy
    let augmentation: Augmentation
  }

  /// What was chosen, and what each way that was tried took.
  struct Choice {
    /// The fastest; nil for layer by layer.
    var way: Way?
    /// The time of a batch in each, or layer by layer (nil).
    var times: [(way: Way?, time: Duration)] = []
  }

  private let known = Mutex<[(form: Form, choice: Choice)]>([])

  /// The choice for fused models of this form; measured if it is not known yet.
  ///
  /// - Parameter isStep: whether it is that for a training step, and not for a forward pass.
  func choice(
    for forward: ForwardPass, _ specification: ModelSpecification, isStep: Bool = false,
    measure: () throws -> Choice
  ) rethrows -> Choice {
    let parameters = specification.network.parameters.indices.map { ParameterID($0) }
    let training = Training(
      updates: specification.updates, formats: specification.formats.map(\.name), loss: specification.loss,
      augmentation: specification.augmentation)
    let form = Form(
      forward: forward, batchSize: specification.batchSize,
      sparseEntries: parameters.map { specification.pattern($0)?.count }, together: specification.together,
      training: isStep ? training : nil)
    if let choice = known.withLock({ $0.first { $0.form == form }?.choice }) { return choice }
    let choice = try measure()
    known.withLock { $0.append((form, choice)) }
    return choice
  }
}
