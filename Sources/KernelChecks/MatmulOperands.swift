import GraphExec
import Reference

/// The sizes of a layer's matmuls.
struct MatmulShape: Equatable {
  var inputs: Int
  var outputs: Int
  /// Images of a full batch.
  var batch: Int
  /// Images of this batch, the last one may have fewer.
  var images: Int

  init(_ inputs: Int, _ outputs: Int, _ batch: Int, images: Int? = nil) {
    self.inputs = inputs
    self.outputs = outputs
    self.batch = batch
    self.images = images ?? batch
  }

  var description: String {
    "\(inputs)x\(outputs)x\(batch)" + (images < batch ? " with \(images) images" : "")
  }
}

/// Random operands of a layer's matmuls and what must come out, for every configuration to be tried on.
struct MatmulOperands {
  let shape: MatmulShape
  let weights: Matrix
  let x: Matrix
  let dY: Matrix
  let mask: [UInt8]
  let rule: UpdateReference
  let slots: [Matrix]

  let bias: [Float]

  let forward: Expectation
  let biasedForward: Expectation
  let inputGradient: Expectation
  let gatedInputGradient: Expectation
  let weightGradient: Expectation
  let update: UpdateReference.Update
  let maskedUpdate: UpdateReference.Update

  /// - Parameters:
  ///   - density: share of the entries that the mask keeps; where it is less than 1, pruned weights are zero from the
  ///     start.
  ///   - blocks: what it keeps or not as one.
  ///   - optimizer: what updates the weights.
  init(
    _ shape: MatmulShape, density: Double? = nil, blocks: SparseBlocks = .entries,
    optimizer: any Optimizer = Adam()
  ) {
    self.shape = shape
    var random = RandomValues(seed: UInt64(shape.inputs * 1_000_003 + shape.outputs * 1009 + shape.batch))
    let (inputs, outputs, batch, images) = (shape.inputs, shape.outputs, shape.batch, shape.images)
    var weights = random.matrix(inputs, outputs)
    // Activations behind a ReLU: none is negative, and a part is zero. A last batch's missing images are zeros.
    var x = random.matrix(inputs, batch)
    var dY = random.matrix(outputs, batch)
    for i in x.values.indices where x.values[i] < 0 || i % batch >= images { x.values[i] = 0 }
    for i in dY.values.indices where i % batch >= images { dY.values[i] = 0 }
    self.x = x
    self.dY = dY
    rule = UpdateReference(optimizer)
    slots = optimizer.randomSlots(rows: inputs, columns: outputs, &random)
    let grid = BlockGrid(
      rows: inputs, columns: outputs, blockRows: blocks.inputs, blockColumns: blocks.outputs)
    let kept = random.mask(grid.count, density: density ?? 2 / 3)
    mask = (0..<inputs * outputs).map { kept[grid.block(ofEntry: $0)] }
    if density != nil {
      for i in mask.indices where mask[i] == 0 { weights.values[i] = 0 }
    }
    self.weights = weights
    bias = random.floats(outputs)
    forward = Expectation(GroundTruth.forward(weights: weights, x: x))
    biasedForward = forward.plus(bias)
    inputGradient = Expectation(GroundTruth.inputGradient(weights: weights, dY: dY))
    gatedInputGradient = inputGradient.zeroed { x.values[$0] <= 0 }
    weightGradient = Expectation(GroundTruth.weightGradient(x: x, dY: dY))
    update = rule.update(weightGradient, value: weights, slots: slots)
    maskedUpdate = update.masked(mask)
  }
}

/// Seeded random values for the kernels' operands.
struct RandomValues {
  private var generator: SplitMix64

  init(seed: UInt64) { generator = SplitMix64(seed: seed, stream: 77) }

  /// Normal values.
  mutating func floats(_ count: Int) -> [Float] {
    (0..<(count + 1) / 2).flatMap { _ in
      let (a, b) = generator.nextNormalPair()
      return [Float(a), Float(b)]
    }.prefix(count).map { $0 }
  }

  mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns, values: floats(rows * columns))
  }

  mutating func mask(_ count: Int, density: Double = 2 / 3) -> [UInt8] {
    (0..<count).map { _ in Double.random(in: 0..<1, using: &generator) < density ? 1 : 0 }
  }

  mutating func bytes(_ count: Int, below limit: Int = 256) -> [UInt8] {
    (0..<count).map { _ in UInt8(Int.random(in: 0..<limit, using: &generator)) }
  }

  mutating func permutation(_ count: Int) -> [Int32] { generator.permutation(count) }
}
