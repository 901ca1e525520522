import Device

/// A graph made ready for a device: the launches of one step, and the buffers that they need.
///
/// A plain value: it can be printed, compared and tested with no device.
public struct Plan: Sendable, Equatable {
  /// How the images of a data set are stored.
  public enum Input: Sendable, Equatable {
    /// Bytes, scaled to 0...1.
    case bytes
    /// Floats.
    case floats
  }

  /// The launches, in order.
  public internal(set) var launches: [Launch] = []
  /// Bytes of the model's own buffers. `order`, `images` and `labels` belong to the data set and are not among them.
  public internal(set) var buffers: [BufferID: Int] = [:]
  /// The content of buffers that no launch writes.
  public internal(set) var tables: [BufferID: [UInt32]] = [:]
  /// Tensors that are another name for one that holds the same rows.
  var aliases: [TensorID: TensorID] = [:]
  /// The buffers of tensors that take them in turn.
  var homes: [TensorID: BufferID] = [:]
  /// Floats from one feature's row of activations to the next.
  public let batchStride: Int
  /// Images of a step.
  public let batchSize: Int
  /// Steps of a forward pass that are run at once.
  public internal(set) var batches = 1
  /// What a forward pass needs to be run when parameters have changed, before `launches`.
  public internal(set) var preparation: [Launch] = []
  /// The first row of each tensor in the slots of a step in blocks, or among the activations of one in one launch.
  package internal(set) var slotRows: [BufferID: Int] = [:]
  /// Bytes of the buffers that it needs besides.
  var preparationBuffers: [BufferID: Int] = [:]
  /// The content of those that no launch writes.
  package internal(set) var preparationTables: [BufferID: [UInt32]] = [:]
  /// The results of a forward pass: a row of the batch's stride for each class, batch by batch.
  public internal(set) var outputs: BufferID?
  /// Kernels and tiles.
  public let config: KernelConfig

  init(batchSize: Int, config: KernelConfig) {
    self.batchSize = batchSize
    self.config = config
    batchStride = config.stride(forBatch: batchSize)
  }

  /// Where the launch of a forward pass's loss is.
  var lossIndex: Int? { launches.firstIndex { $0.file == "loss.cl" } }
  /// Floating-point operations of a step.
  public var flops: Int { launches.reduce(0) { $0 + $1.flops } }
  /// Bytes that a step reads and writes, each operand of each launch once.
  public var bytes: Int { launches.reduce(0) { $0 + $1.bytes } }
  /// The buffer that a tensor of activations lies in.
  package func buffer(of tensor: TensorID) -> BufferID {
    let own = aliases[tensor] ?? tensor
    return homes[own] ?? .tensor(own)
  }
  /// Bytes of the model's buffers.
  public var bufferBytes: Int { buffers.values.reduce(0, +) }
}

/// Floats from one row of a weight matrix to the next: its columns rounded up to a vector.
public func leadingDimension(_ outputs: Int) -> Int { roundUp(outputs, to: 16) }

extension Plan {
  /// Lowers `graph` to launches for a specification, with the kernels and tiles of `config`.
  ///
  /// - Parameters:
  ///   - graph: what is run.
  ///   - layouts: those of the model's tensors; nil for what this graph needs by itself.
  ///   - specification: the model's.
  ///   - config: kernels and tiles.
  ///   - input: what the data set holds.
  /// - Throws: `GraphError` for an operation that has no kernels.
  public init(
    _ graph: Graph, layouts: TensorLayouts? = nil, specification: ModelSpecification, config: KernelConfig,
    input: Input = .bytes
  ) throws(GraphError) {
    try self.init(
      graph, layouts: layouts, specification: specification, config: config, input: input, takesTurns: true)
  }

  /// The same, where tensors may keep buffers of their own.
  init(
    _ graph: Graph, layouts: TensorLayouts?, specification: ModelSpecification, config: KernelConfig,
    input: Input, takesTurns: Bool
  ) throws(GraphError) {
    let layouts = if let layouts { layouts } else { try TensorLayouts(graph) }
    self = try PlanBuilder(
      graph, layouts: layouts, specification: specification, config: config, input: input,
      takesTurns: takesTurns
    ).built()
  }
}
