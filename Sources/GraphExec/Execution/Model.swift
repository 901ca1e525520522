/// A network on a device, with its optimizer's moments and its masks.
///
/// One model is used by one thread at a time; different models may run at once. Methods named `enqueue` return before the
/// device is done; the others wait.
public protocol Model: AnyObject, Sendable {
  /// What it was made from.
  var specification: ModelSpecification { get }
  /// Replaces weights, moments, masks and step counter.
  func load(_ state: ModelState) throws
  /// Reads weights, moments, masks and step counter.
  func state() throws -> ModelState
  /// Starts an epoch over `set`, whose images are taken in `order`.
  func beginEpoch(on set: any ResidentSet, order: [Int32]) throws
  /// Trains on the next batch of the epoch.
  func enqueueStep() throws
  /// Prunes layer `layer` on the device until `count` of its candidates are: the smallest first, the lower index first
  /// among equals, and those pruned before ahead of all.
  func enqueuePruning(layer: Int, unit: PruningUnit, count: Int) throws
  /// Waits, and reads loss and correct predictions of the epoch so far.
  func epochTotals() throws -> EpochTotals
  /// Loss and correct predictions on `set`, with the weights as they are.
  func evaluate(on set: any ResidentSet) throws -> EpochTotals
  /// The output layer for every image of `set`, `[images, outputs]`, image after image.
  func outputs(of set: any ResidentSet) throws -> [Float]
  /// Counts survivors and faults of each weight matrix.
  func counts() throws -> [LayerCount]
  /// Bytes of weights, moments, masks and sparse structure, without the working memory of a batch.
  var parameterBytes: Int { get }
  /// Steps of this epoch that have run; may be asked from another thread.
  var completedSteps: Int { get }
}

/// What is pruned as one: a weight, or a unit with its whole column.
public enum PruningUnit: String, Sendable, Codable, CaseIterable {
  /// Single entries, by absolute value.
  case weight
  /// Output columns, by L2 norm.
  case neuron
}

/// All that training changes in a model; as a checkpoint holds it.
public struct ModelState: Sendable, Equatable {
  /// A matrix per layer, `[inputs, outputs]`.
  public var weights: [Matrix]
  /// Adam's first moments.
  public var firstMoments: [Matrix]
  /// Adam's second moments.
  public var secondMoments: [Matrix]
  /// 1 for a surviving entry, 0 for a pruned one; in the order of the weights' values.
  public var masks: [[UInt8]]
  /// Optimizer steps taken.
  public var step: Int

  /// The state before the first step: moments of zero, nothing pruned.
  public init(initialWeights: [Matrix]) {
    weights = initialWeights
    firstMoments = initialWeights.map { Matrix(rows: $0.rows, columns: $0.columns) }
    secondMoments = firstMoments
    masks = initialWeights.map { [UInt8](repeating: 1, count: $0.values.count) }
    step = 0
  }

  /// A state of given parts.
  public init(
    weights: [Matrix], firstMoments: [Matrix], secondMoments: [Matrix], masks: [[UInt8]], step: Int
  ) {
    self.weights = weights
    self.firstMoments = firstMoments
    self.secondMoments = secondMoments
    self.masks = masks
    self.step = step
  }
}

extension Model {
  /// Optimizer steps that an epoch over `images` images takes; the last batch may be smaller.
  public func steps(forImages images: Int) -> Int {
    (images + specification.batchSize - 1) / specification.batchSize
  }

  /// Trains on all of `set` once, in `order`, and returns the epoch's totals.
  ///
  /// `beforeStep` is called before each step is enqueued, with its index in the epoch: to prune by a schedule, or to
  /// stop by throwing.
  public func trainEpoch(
    on set: any ResidentSet, order: [Int32], beforeStep: (Int) throws -> Void = { _ in }
  ) throws -> EpochTotals {
    try beginEpoch(on: set, order: order)
    for step in 0..<steps(forImages: order.count) {
      try beforeStep(step)
      try enqueueStep()
    }
    return try epochTotals()
  }
}
