import GraphExec
import Reference

/// What a step of a network of two layers computes of its images, in the order in which it does.
struct TrainingTensors<Value> {
  let x: Value
  let hidden: Value
  let logits: Value
  let dLogits: Value
  let dHidden: Value
}

/// Random operands of a step of a network of two layers, and what must come of what was computed before.
struct TrainingOperands {
  let shape: MatmulShape
  let classes: Int
  let specification: ModelSpecification
  let rule: UpdateReference
  /// The structures of weights that are sparse.
  private(set) var structures: [ParameterID: SparseStructure] = [:]
  /// Values and slots of each parameter.
  let parameters: [ParameterID: [(part: ParameterPart, matrix: Matrix)]]
  /// The masks of weights that have one, and of all biases.
  private(set) var masks: [ParameterID: [UInt8]] = [:]
  /// Images, one after the other, as bytes have them.
  let pixels: [Float]
  let labels: [UInt8]
  let order: [Int32]
  /// Before the step.
  private(set) var state = StepState()

  /// Images before the batch.
  private static let before = 2

  /// The weights' format. Where it is not dense, layers have biases, and labels are smoothed.
  enum Format: String, CaseIterable {
    case dense, masked
    case sparse = "CSR"
  }

  init(_ shape: MatmulShape, classes: Int, _ format: Format, _ rule: UpdateReference) throws {
    (self.shape, self.classes, self.rule) = (shape, classes, rule)
    let network = try Network(
      input: Shape(shape.inputs),
      layers: [
        Network.Layer("hidden", Linear(outputs: shape.outputs, bias: format != .dense)),
        Network.Layer("relu", ReLU()),
        Network.Layer("output", Linear(outputs: classes, bias: format != .dense)),
      ])
    var specification = ModelSpecification(
      network: network, batchSize: shape.batch, updates: UpdateRule(rule.optimizer), masked: format == .masked
    )
    specification.loss = SoftmaxCrossEntropy(labelSmoothing: format == .dense ? 0 : 0.1)
    var random = RandomValues(seed: UInt64(shape.inputs * 1009 + shape.outputs * 13 + classes))
    var parameters: [ParameterID: [(ParameterPart, Matrix)]] = [:]
    for (index, parameter) in network.parameters.enumerated() {
      let (rows, columns) = (parameter.rows, parameter.columns)
      let slots = rule.optimizer.randomSlots(rows: rows, columns: columns, &random)
      var value = random.matrix(rows, columns)
      if format == .masked || format == .sparse && !parameter.isWeight {
        masks[ParameterID(index)] = random.mask(rows * columns)
      } else if format == .sparse {
        let mask = random.mask(rows * columns, density: 0.3)
        for at in mask.indices where mask[at] == 0 { value.values[at] = 0 }
        let pattern = SparsePattern(mask: mask, rows: rows, columns: columns)
        specification.formats[index] = .sparse(pattern)
        structures[ParameterID(index)] = SparseStructure(pattern)
      }
      parameters[ParameterID(index)] =
        [(.value, value)] + slots.enumerated().map { (.slot($0), $1) }
    }
    self.parameters = parameters
    self.specification = specification
    let count = Self.before + shape.images
    pixels = random.bytes(count * shape.inputs, below: 4).map { Float($0) }
    labels = random.bytes(count, below: classes)
    order = random.permutation(count)
    (state.step, state.cursor, state.count) = (6, 0, Self.before)
  }

  private var weights: [ParameterID] { specification.network.weights }
  private var biases: [ParameterID] {
    specification.network.parameters.indices.map { ParameterID($0) }.filter { !weights.contains($0) }
  }
  private func value(_ id: ParameterID) -> Matrix { parameters[id]?[0].matrix ?? Matrix(rows: 0, columns: 0) }

  /// What the products of a layer must be.
  private func forward(_ layer: Int, _ x: Matrix) -> Expectation {
    let sums = Expectation(GroundTruth.forward(weights: value(weights[layer]), x: x))
    return biases.isEmpty ? sums : sums.plus(value(biases[layer]).values)
  }

  /// What the loss and its gradient must be.
  private func loss(_ seen: TrainingTensors<Matrix>) -> LossReference {
    LossReference(
      seen.logits.values, labels: (0..<shape.images).map { Int(labels[Int(order[Self.before + $0])]) },
      classes: classes, stride: seen.x.columns, smoothing: specification.loss.labelSmoothing)
  }

  /// Each tensor against those before it.
  func compare(_ seen: TrainingTensors<Matrix>) -> Comparison {
    let stride = seen.x.columns
    var x = Matrix(rows: shape.inputs, columns: stride)
    for b in 0..<shape.images {
      let image = Int(order[Self.before + b])
      for f in 0..<shape.inputs { x[f, b] = pixels[image * shape.inputs + f] }
    }
    let dHidden = Expectation(
      GroundTruth.inputGradient(weights: value(weights[1]), dY: seen.dLogits)
    ).zeroed { seen.hidden.values[$0] <= 0 }
    let pairs = [
      (Expectation(exactly: x.values, rows: shape.inputs, columns: stride), seen.x),
      (forward(0, seen.x).relu, seen.hidden), (forward(1, seen.hidden), seen.logits),
      (loss(seen).gradient, seen.dLogits), (dHidden, seen.dHidden),
    ]
    return pairs.reduce(Comparison()) { $0.worse($1.0.compare($1.1.values, stride: stride)) }
  }

  /// The counters after the step.
  func compare(_ after: StepState, _ seen: TrainingTensors<Matrix>) -> Comparison {
    let (loss, totals) = (loss(seen), after.totals)
    return Comparison.exact(
      [after.step, after.cursor, after.count, totals.correct, totals.images],
      [state.step + 1, Self.before, shape.images, loss.correct, shape.images]
    ).worse(Expectation.compare(totals.loss, loss.loss, bound: loss.lossBound))
  }

  /// What the step must make of each parameter.
  func updates(_ seen: TrainingTensors<Matrix>) -> [(id: ParameterID, expected: UpdateReference.Update)] {
    let products = [(seen.x, seen.dHidden), (seen.hidden, seen.dLogits)]
    let ones = Matrix(rows: 1, columns: seen.x.columns, values: [Float](repeating: 1, count: seen.x.columns))
    func update(_ id: ParameterID, _ x: Matrix, _ dY: Matrix) -> (ParameterID, UpdateReference.Update) {
      let gradient = Expectation(GroundTruth.weightGradient(x: x, dY: dY))
      let own = parameters[id] ?? []
      let update = rule.update(gradient, value: own[0].matrix, slots: own.dropFirst().map(\.matrix))
      return (id, masks[id].map { update.masked($0) } ?? update)
    }
    return zip(weights, products).map { update($0, $1.0, $1.1) }
      + zip(biases, products).map { update($0, ones, $1.1) }
  }
}
