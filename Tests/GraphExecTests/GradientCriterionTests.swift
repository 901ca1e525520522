import GraphExec
import Reference
import TestSupport
import Testing

/// Protects what criteria multiply weights by: the Hessian's product with the gradient, and the flow, against plain `Double`.
@Suite(.serialized) struct GradientCriterionTests {
  typealias Layer = Network.Layer

  /// Without a ReLU, so that its loss has a second derivative everywhere.
  private static let smooth = Result {
    try GradientCase(
      "smooth", Shape(6), [Layer("a", Linear(outputs: 7)), Layer("norm", BatchNorm(epsilon: 0.1))])
  }

  private static func model(
    _ network: Network, _ criterion: any Criterion, on backend: any Backend, isGlobal: Bool = false
  ) throws -> any Model {
    var specification = ModelSpecification(network: network, batchSize: 16, masked: true)
    specification.ranking = Ranking(criterion, isGlobal: isGlobal)
    return try backend.makeModel(specification)
  }

  @Test("GraSP's Hg is that of differences in Double, along the gradient of what survives")
  func hessian() throws {
    let test = try Self.smooth.get()
    let network = test.network
    let images = TestSet.images(count: 13, size: network.inputs, classes: 4, seed: 11)
    var start = ModelState.fresh(network, seed: 3)
    for index in stride(from: 0, to: 20, by: 3) {
      start.parameters[0].mask[index] = 0
      start.parameters[0].value.values[index] = 0
    }
    let weights = network.weights.map(\.index)
    // Outputs are divided by 200.
    let head = try #require(network.weights.last).index
    func slopes(_ state: ModelState) throws -> [[Double]] {
      var scaled = state
      scaled.parameters[head].value.values = state.parameters[head].value.values.map { $0 / 200 }
      let slopes = try test.slopes(on: images, of: scaled, seed: 0).slopes
      return weights.map { weight in slopes[weight].map { weight == head ? $0 / 200 : $0 } }
    }
    let gradient = zip(weights, try slopes(start)).map { weight, slopes in
      zip(slopes, start.parameters[weight].mask).map { $1 == 0 ? 0 : $0 }
    }
    let length = gradient.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    func moved(_ distance: Double) throws -> [[Double]] {
      var state = start
      for (weight, slopes) in zip(weights, gradient) {
        for (index, g) in slopes.enumerated() {
          state.parameters[weight].value.values[index] += Float(distance * g / length)
        }
      }
      return try slopes(state)
    }
    let step = 1e-2
    let exact = zip(try moved(step), try moved(-step)).map { above, below in
      zip(above, below).map { ($0 - $1) * length / (2 * step) }
    }
    let largest = exact.joined().map(abs).max() ?? 0
    for backend in try TestDevice.backends() {
      let model = try Self.model(network, GraSP(), on: backend)
      try model.load(start)
      let set = try backend.upload(images)
      try GraSP().enqueueGradients(of: model, on: set, images: (0..<13).map { $0 })
      for (measured, exact) in try zip(model.gradients(), exact) {
        for (value, exact) in zip(measured.values, exact) {
          #expect(abs(Double(value) - exact) < 1e-2 * largest)
        }
      }
      #expect(try model.state().parameters.map(\.value) == start.parameters.map(\.value))
    }
  }

  /// All that flow can pass: a batch norm with a factor, poolings, a residual addition, a dropout, a flattening.
  private static let branched = Result {
    try Network(
      input: Shape(2, 5, 4),
      layers: [
        Layer("a", Conv2D(outputs: 3, kernel: 3, padding: 1, bias: true)), Layer("a.norm", BatchNorm()),
        Layer("a.relu", ReLU()), Layer("b", Conv2D(outputs: 3, kernel: 3, padding: 1)),
        Layer("sum", Add(), inputs: ["b", "a.relu"]), Layer("sum.norm", BatchNorm()),
        Layer("max", MaxPool(PoolWindow(kernel: 2))), Layer("drop", Dropout(rate: 0.5)),
        Layer("mean", AveragePool(PoolWindow(kernel: 2))), Layer("flat", Flatten()),
        Layer("c", Linear(outputs: 4, bias: true)),
      ])
  }

  /// Values of all signs, batch norm's variances positive.
  private static func state(_ network: Network) -> ModelState {
    var random = SplitMix64(seed: 5, stream: 3)
    return ModelState(
      initialValues: network.parameters.map { parameter in
        let least: Float = parameter.shape.name == "variance" ? 0.5 : -1
        return Matrix(
          rows: parameter.rows, columns: parameter.columns,
          values: (0..<parameter.count).map { _ in Float.random(in: least...1, using: &random) })
      })
  }

  /// R of absolute values, what starts as 0 left out; in `Double`, for an image of ones.
  private static func flow(_ network: Network, _ values: [[Double]]) throws -> Double {
    let evaluation = ForwardPass(network).evaluation
    var graph = Graph(parameters: network.parameters)
    for tensor in evaluation.tensors {
      guard case .activation(let shape) = tensor.role else { continue }
      _ = graph.declare(tensor.label, shape)
    }
    for node in evaluation.nodes.dropLast() {
      graph.append(node.operation, node.inputs, node.parameters, to: node.output)
    }
    let ones = HostImages(
      features: .floats([Float](repeating: 1, count: network.inputs)), labels: [0], size: network.inputs)
    let forward = ForwardPass(graph, output: ForwardPass(network).output)
    return try TruthPass(forward).outputs(of: ones, parameters: values).values.reduce(0, +)
  }

  private static func absolute(_ network: Network, _ state: ModelState) -> [[Double]] {
    zip(network.parameters, state.parameters).map { parameter, own in
      own.value.values.map { parameter.shape.start == .constant(0) ? 0 : Double($0.magnitude) }
    }
  }

  /// `|w| dR/d|w|`; R is linear in each weight.
  private static func scores(_ network: Network, _ values: [[Double]]) throws -> [[Double]] {
    let whole = try flow(network, values)
    return try network.weights.map { weight in
      try values[weight.index].indices.map { index in
        var without = values
        without[weight.index][index] = 0
        return whole - (try flow(network, without))
      }
    }
  }

  @Test("the flow through every weight is that of the sum of paths in Double, whatever passes it on")
  func flows() throws {
    let network = try Self.branched.get()
    let start = Self.state(network)
    let absolute = Self.absolute(network, start)
    let scores = try Self.scores(network, absolute)
    // All paths go through the first and the last weight.
    let whole = try Self.flow(network, absolute)
    #expect(abs(scores[2].reduce(0, +) - whole) < 1e-9 * whole)
    for backend in try TestDevice.backends() {
      let model = try Self.model(network, SynFlow(), on: backend)
      try model.load(start)
      try model.load(
        values: zip(network.parameters, absolute).map {
          Matrix(rows: $0.rows, columns: $0.columns, values: $1.map { Float($0) })
        })
      for scale in [1, 0.25] as [Float] {
        try model.enqueueFlowGradients(scale: scale)
        for (place, gradient) in try model.gradients().enumerated() {
          let values = absolute[network.weights[place].index]
          for (index, slope) in gradient.values.enumerated() {
            let score = Double(slope) / Double(scale * scale) * values[index]
            #expect(abs(score - scores[place][index]) < 1e-5 * whole)
          }
        }
      }
    }
  }

  @Test("SynFlow's rounds prune what rounds in Double do, and leave all else as it was")
  func rounds() throws {
    let network = try Self.branched.get()
    let start = Self.state(network)
    let counts = [40, 70, 100]
    func event(_ count: Int) -> [PruningEvent] {
      [PruningEvent(network.weights, unit: .weight, count: count, minimumSurvivors: 1)]
    }
    // Highest first, those pruned before last.
    var values = Self.absolute(network, start)
    for count in counts {
      let scores = try Self.scores(network, values)
      let order = scores.indices.flatMap { place in scores[place].indices.map { (place, $0) } }
        .sorted { scores[$0.0][$0.1] < scores[$1.0][$1.1] }
      for (place, index) in order.prefix(count) { values[network.weights[place].index][index] = 0 }
    }
    for backend in try TestDevice.backends() {
      let model = try Self.model(network, SynFlow(), on: backend, isGlobal: true)
      try model.load(start)
      let set = try backend.upload(TestSet.images(count: 2, size: network.inputs, classes: 4, seed: 1))
      try SynFlow().enqueue(
        PruningRequest(rounds: counts.map(event), set: set, images: []), on: model)
      let state = try model.state()
      for (place, parameter) in network.parameters.enumerated() {
        let mask = parameter.isWeight ? values[place].map { $0 == 0 ? UInt8(0) : 1 } : nil
        #expect(state.parameters[place].mask == mask ?? start.parameters[place].mask, "\(parameter.name)")
        let expected = zip(start.parameters[place].value.values, state.parameters[place].mask).map {
          $1 == 0 ? 0 : $0
        }
        #expect(state.parameters[place].value.values == expected, "\(parameter.name)")
      }
    }
  }

  @Test("a deep network's flow is scaled down, and one that is deeper than numbers go is refused")
  func depth() throws {
    let backend = try CPUBackend()
    func prune(layers: Int) throws -> [Int] {
      let network = Network(layers: [Int](repeating: 16, count: layers + 1))
      let model = try Self.model(network, SynFlow(), on: backend)
      // 16 weights of 2 each: the flow grows by a factor of 32 from layer to layer.
      try model.load(
        ModelState(
          initialValues: network.parameters.map {
            Matrix(rows: 16, columns: 16, values: [Float](repeating: 2, count: $0.count))
          }))
      let set = try backend.upload(TestSet.images(count: 2, size: 16, seed: 1))
      let event = PruningEvent(network.weights, unit: .weight, count: 256)
      try SynFlow().enqueue(PruningRequest(rounds: [[event]], set: set, images: []), on: model)
      return try model.counts().map(\.survivors)
    }
    // All flows are equal, so the first layer goes first.
    #expect(try prune(layers: 40) == [0] + [Int](repeating: 256, count: 39))
    let error = try #require(throws: CriterionError.self) { try prune(layers: 80) }
    #expect(error.description.hasPrefix("the network is too deep for criterion synflow"))
  }
}
