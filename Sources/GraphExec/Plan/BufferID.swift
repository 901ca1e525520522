/// A buffer of a plan: what a kernel's argument stands for.
public enum BufferID: Sendable, Hashable {
  /// A tensor of the graph.
  case tensor(TensorID)
  /// One of the buffers that tensors of a layout take in turn.
  case activations(TensorLayout, Int)
  /// A part of a parameter's state or structure.
  case parameter(ParameterID, ParameterPart)
  /// The progress of an epoch: `StepState`.
  case state
  /// That of an evaluation, which does not disturb an epoch under way.
  case evaluationState
  /// That of a pass for gradients, likewise.
  case gradientState
  /// The data set's images; they belong to it and not to the plan.
  case images
  /// The data set's labels, likewise.
  case labels
  /// What makes of its bytes what a network sees, likewise.
  case scales
  /// The order in which the images are taken.
  case order
  /// That of a pass for gradients.
  case gradientOrder
  /// Where a convolution's kernels find what they read.
  case table(ParameterID, ConvolutionTable)
  /// What pruning ranks and counts with.
  case scratch(PruningScratch)
  /// Sums of parts of a result, for the launch that follows.
  case partialSums
  /// The gradient of a weight by one batch, which is added to that of others.
  case batchGradient
  /// What batch norm computes of each channel, of the tensor that it writes.
  case channels(TensorID, ChannelResult)
  /// The sums that `peak.cl` writes.
  case peak
  /// What kernels that take blocks of images through a network read and write.
  case blocks(BlockBuffer)
  /// The same of a step of training; weights are packed once for both.
  case trainingBlocks(BlockBuffer)
  /// What the kernel that runs a whole step of training reads and writes.
  case wholeStep(WholeStepBuffer)
}

/// Of kernels that take blocks of images through a network: what they are told of it, its weights packed, activations of each
/// work-group, how far they are, the results, and the losses of batches; and from where values of sparse weights are packed.
public enum BlockBuffer: Sendable, Hashable { case program, packed, places, slots, counters, outputs, losses }

/// Of the kernel that runs a whole step of training: what it is told of it, all activations and their gradients, the losses of
/// parts of the batch, and by what its groups wait for one another.
public enum WholeStepBuffer: Sendable, Hashable { case program, activations, losses, meetings }

/// What a model holds of a parameter.
public enum ParameterPart: Sendable, Hashable {
  /// The values: all entries, or those of a sparse matrix by columns.
  case value
  /// The optimizer's numbers of each entry, by their place among `Optimizer.slots`.
  case slot(Int)
  /// 1 for a surviving entry.
  case mask
  /// The loss's gradient by every entry, in whatever format the values are.
  case gradient
  /// Of a sparse matrix: start of each column's entries, and the row of each.
  case columnStarts, rowIndices
  /// Of a sparse matrix: start of each row's entries, and column and place of each.
  case rowStarts, rowEntries
}

/// What is worked out for a convolution before it runs, from its size, the layouts of its tensors and, in CSR, its entries:
/// where taps read, and entries in CSR; and what the input gradient reads, phase by phase.
public enum ConvolutionTable: Sendable, Hashable { case offsets, entryOffsets, phases, reads }

/// The buffers with which a parameter is pruned and counted, and with which its topology changes.
public enum PruningScratch: Sendable, Hashable {
  case keys, selection, histograms, counts
  /// What becomes of a sparse weight: its column starts, rows, values and slots.
  case columnStarts, rowIndices, value
  case slot(Int)
  /// A sparse weight that is pruned, written out: what ranks its entries, and the mask; and what stands in for its other parts,
  /// whatever it holds.
  case matrix(ParameterID), mask(ParameterID), matrixSlot(Int)
}

/// What batch norm computes of each channel: the statistics, and what makes y of x; and zeros.
public enum ChannelResult: Sendable, Hashable { case mean, inverseDeviation, factor, offset, zero }

extension BufferID: CustomStringConvertible {
  /// For messages about memory.
  public var description: String {
    switch self {
    case .tensor(let id): "tensor \(id.index)"
    case .activations(let layout, let number): "activations of \(layout.shape), \(number + 1)"
    case .parameter(let id, let part): "\(part) of parameter \(id.index)"
    case .table(let id, let table): "\(table) of parameter \(id.index)"
    case .scratch(let scratch): "\(scratch) of pruning"
    case .channels(let id, let result): "\(result) of tensor \(id.index)"
    case .partialSums: "partial sums"
    case .batchGradient: "gradient of a batch"
    case .state: "state"
    case .evaluationState: "state of the evaluation"
    case .gradientState: "state of the gradients"
    case .images: "images"
    case .labels: "labels"
    case .scales: "scales"
    case .order: "order"
    case .gradientOrder: "order of the gradients"
    case .peak: "peak"
    case .blocks(let buffer): "\(buffer) of blocks of images"
    case .trainingBlocks(let buffer): "\(buffer) of a step in blocks"
    case .wholeStep(let buffer): "\(buffer) of a step in one launch"
    }
  }
}
