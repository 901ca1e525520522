/// A network on a device, with its optimizer's moments and its masks.
///
/// One model is used by one thread at a time; different models may run at once. Methods named `enqueue` return before the
/// device is done; the others wait.
public protocol Model: AnyObject, Sendable {
  /// What it was made from.
  var specification: ModelSpecification { get }
  /// Replaces parameters, slots, masks and step counter.
  func load(_ state: ModelState) throws
  /// Reads parameters, slots, masks and step counter.
  func state() throws -> ModelState
  /// Starts an epoch over `set`, whose images are taken in `order`.
  func beginEpoch(on set: any ResidentSet, order: [Int32]) throws
  /// Trains on the next batch of the epoch.
  func enqueueStep() throws
  /// Passes over the next batch of the epoch: a step that changes no parameter, and whose images are not in the totals.
  func skipStep() throws
  /// Prunes candidates on the device until as many are as the event says: those first that the model's criterion ranks lowest,
  /// the lower index first among equals, weight by weight, and those pruned before ahead of all. A criterion that goes by
  /// gradients takes those that were computed last; `Criterion.enqueue` sees to it.
  func enqueuePruning(_ event: PruningEvent) throws
  /// Computes the loss's gradients by every entry of the weights, pruned ones too, on images of `set` as the steps to come
  /// would see them, batch by batch; those of several batches, each a mean over its images, are added in their order.
  ///
  /// Nothing else changes: no parameter, slot, mask or running mean, nor the epoch under way.
  func enqueueGradients(on set: any ResidentSet, images: [Int32]) throws
  /// Computes, by every entry of the weights, the gradient of the sum of the outputs for an image of ones, as an evaluation has
  /// them: `scale` times, for an image whose features all are `scale`. Nothing else changes.
  func enqueueFlowGradients(scale: Float) throws
  /// Waits, and reads the gradients that were computed last, weight by weight (`Network.weights`), each `[inputs, outputs]`.
  func gradients() throws -> [Matrix]
  /// Takes these in their place.
  func load(gradients: [Matrix]) throws
  /// Replaces the values of all parameters, and nothing else; pruned entries have to be 0.
  func load(values: [Matrix]) throws
  /// Changes which entries a weight has, on the device: for a model whose specification says how they come back. Where that is
  /// by gradients, they are those that `enqueueGradients` left.
  func enqueueTopology(_ event: TopologyEvent) throws
  /// Waits, and reads loss and correct predictions of the epoch so far.
  func epochTotals() throws -> EpochTotals
  /// Loss and correct predictions on `set`, with the weights as they are.
  func evaluate(on set: any ResidentSet) throws -> EpochTotals
  /// The output layer for every image of `set`, `[images, outputs]`, image after image.
  func outputs(of set: any ResidentSet) throws -> [Float]
  /// Counts survivors and faults of each parameter.
  func counts() throws -> [LayerCount]
  /// Bytes of parameters, slots, masks and sparse structure, without the working memory of a batch.
  var parameterBytes: Int { get }
  /// Steps of this epoch that have run; may be asked from another thread.
  var completedSteps: Int { get }
}

/// What is done with a batch of an epoch.
public enum StepKind: Sendable {
  /// The parameters are updated by its gradients.
  case update
  /// It is passed over.
  case skip
}

extension Model {
  /// Optimizer steps that an epoch over `images` images takes; the last batch may be smaller.
  public func steps(forImages images: Int) -> Int {
    (images + specification.batchSize - 1) / specification.batchSize
  }

  /// Trains on all of `set` once, in `order`, and returns the epoch's totals.
  ///
  /// `beforeStep` is called before each step is enqueued, with its index in the epoch: to prune by a schedule, or to
  /// stop by throwing. It says whether the step updates the parameters.
  public func trainEpoch(
    on set: any ResidentSet, order: [Int32], beforeStep: (Int) throws -> StepKind = { _ in .update }
  ) throws -> EpochTotals {
    try beginEpoch(on: set, order: order)
    for step in 0..<steps(forImages: order.count) {
      switch try beforeStep(step) {
      case .update: try enqueueStep()
      case .skip: try skipStep()
      }
    }
    return try epochTotals()
  }
}
