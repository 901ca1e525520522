import GraphExec
import TestSupport
import Testing

/// Protects that every criterion prunes what its formula says, on every backend.
@Suite(.serialized) struct CriterionTests {
  typealias Layer = Network.Layer

  /// What a candidate is ranked by, of the values that rank it and their gradients, in plain `Double`.
  private static let formulas: [String: @Sendable ([(w: Double, g: Double)]) -> Double] = [
    "magnitude": { entries in entries.reduce(0) { $0 + $1.w * $1.w }.squareRoot() },
    "l1_norm": { entries in entries.reduce(0) { $0 + abs($1.w) } },
    "batch_norm_scale": { entries in entries.reduce(0) { $0 + abs($1.w) } },
    "snip": { entries in entries.reduce(0) { $0 + abs($1.w * $1.g) } },
    // Its square is the criterion's.
    "taylor": { entries in abs(entries.reduce(0) { $0 + $1.w * $1.g }) },
    "grasp": { entries in entries.reduce(0) { $0 + $1.w * $1.g } },
    "synflow": { entries in entries.reduce(0) { $0 + abs($1.w * $1.g) } },
    // In place of gradients, what was added up.
    "movement": { entries in entries.reduce(0) { $0 + $1.g } },
  ]

  /// Gradients, as they may come of data.
  private static func gradients(_ network: Network) -> [Matrix] {
    var random = SplitMix64(seed: 21, stream: 4)
    return network.weights.map { weight in
      let values = (0..<network[weight].count).map { _ in Float.random(in: -1...1, using: &random) }
      return Matrix(rows: network[weight].rows, columns: network[weight].columns, values: values)
    }
  }

  private static func network() throws -> Network {
    try Network(
      input: Shape(2, 5, 5),
      layers: [
        Layer("a", Conv2D(outputs: 23, kernel: 3, padding: 1, bias: true)), Layer("a.norm", BatchNorm()),
        Layer("a.relu", ReLU()), Layer("flat", Flatten()), Layer("b", Linear(outputs: 37)),
        Layer("b.norm", BatchNorm()), Layer("b.relu", ReLU()), Layer("c", Linear(outputs: 10)),
      ])
  }

  /// Values of all signs and sizes, those of batch norms too; so are the slots' where there are some.
  private static func state(_ network: Network, slots: Int = 0, seed: UInt64) -> ModelState {
    var random = SplitMix64(seed: seed, stream: 3)
    func matrix(_ parameter: Parameter) -> Matrix {
      Matrix(
        rows: parameter.rows, columns: parameter.columns,
        values: (0..<parameter.count).map { _ in Float.random(in: -1...1, using: &random) })
    }
    var state = ModelState(initialValues: network.parameters.map(matrix))
    for (place, parameter) in network.parameters.enumerated() {
      state.parameters[place].slots = (0..<slots).map { _ in matrix(parameter) }
    }
    return state
  }

  private static func masks(
    _ criterion: any Criterion, _ unit: PruningUnit, _ state: ModelState, _ network: Network, seed: UInt64 = 1
  ) throws -> [[[UInt8]]] {
    var specification = ModelSpecification(network: network, batchSize: 16, masked: true)
    specification.ranking = Ranking(criterion)
    specification.seed = seed
    return try TestDevice.backends().map { backend in
      let model = try backend.makeModel(specification)
      try model.load(state)
      try model.load(gradients: gradients(network))
      for name in ["a.weight", "b.weight"] { try model.enqueuePruning(event(name, unit, network)) }
      return try model.state().masks
    }
  }

  private static func place(_ name: String, _ network: Network) throws -> Int {
    try #require(network.parameters.firstIndex { $0.name == name })
  }

  /// Prunes about half.
  private static func event(_ name: String, _ unit: PruningUnit, _ network: Network) throws -> PruningEvent {
    let place = try place(name, network)
    let parameter = network.parameters[place]
    return PruningEvent(
      ParameterID(place), unit: unit, count: (unit == .weight ? parameter.count : parameter.columns) / 2)
  }

  @Test(
    "what goes ranks lowest by the formula, and as much as is asked for",
    arguments: [PruningUnit.weight, .neuron])
  func formula(unit: PruningUnit) throws {
    let network = try Self.network()
    let gradients = Self.gradients(network)
    for kind in Criteria.all where (unit.isNeuron || kind.ranksWeights) && kind.name != RandomRank.name {
      let formula = try #require(Self.formulas[kind.name], "\(kind.name) needs its formula in this test")
      let isMovement = kind.init().needsMovement
      let state = Self.state(network, slots: isMovement ? 3 : 0, seed: 7)
      let masks = try Self.masks(kind.init(), unit, state, network)
      for own in masks { #expect(own == masks[0], "\(kind.name)") }
      for layer in ["a", "b"] {
        let weight = try Self.place("\(layer).weight", network)
        let ranked =
          kind.name == BatchNormScale.name ? try Self.place("\(layer).norm.scale", network) : weight
        let (values, columns) = (state.parameters[ranked].value.values, network.parameters[weight].columns)
        let place = try #require(network.weights.firstIndex(of: ParameterID(weight)))
        // Only weights have gradients.
        let movement = state.parameters[ranked].slots.last?.values
        let slopes = movement ?? (ranked == weight ? gradients[place].values : values)
        let mask = masks[0][weight]
        let candidates = unit == .weight ? values.count : columns
        let scores = (0..<candidates).map { candidate in
          let step = unit == .weight ? values.count : columns
          return formula(
            stride(from: candidate, to: values.count, by: step).map {
              (Double(values[$0]), Double(slopes[$0]))
            })
        }
        let (gone, kept) = (0..<candidates).reduce(into: ([Double](), [Double]())) {
          if mask[$1] == 0 { $0.0.append(scores[$1]) } else { $0.1.append(scores[$1]) }
        }
        #expect(gone.count == candidates / 2, "\(kind.name)")
        // In floats, sums of nearly the same size may change places.
        #expect((gone.max() ?? 1) <= (kept.min() ?? 0) + 1e-5, "\(kind.name)")
      }
    }
  }

  @Test(
    "by chance: the same for a seed whatever the values, another one for another seed and layer",
    arguments: [PruningUnit.weight, .neuron])
  func random(unit: PruningUnit) throws {
    let network = try Self.network()
    func masks(_ values: UInt64, seed: UInt64) throws -> [[[UInt8]]] {
      try Self.masks(RandomRank(), unit, Self.state(network, seed: values), network, seed: seed)
    }
    let first = try masks(1, seed: 1)
    for own in first + (try masks(2, seed: 1)) { #expect(own == first[0]) }
    let other = try masks(1, seed: 1 << 40 + 1)
    #expect(other[0] != first[0])
    for name in ["a.weight", "b.weight"] {
      let place = try Self.place(name, network)
      let (a, b) = (first[0][place], other[0][place])
      let entries = unit == .weight ? a.count : network.parameters[place].columns
      #expect((0..<entries).count { a[$0] == 0 } == entries / 2)
      // Two halves by chance share a half of theirs; units are few.
      let shared = Double((0..<entries).count { a[$0] == 0 && b[$0] == 0 }) / Double(entries)
      #expect(abs(shared - 0.25) < (unit == .weight ? 0.06 : 0.2))
    }
    // The layers' ranks are not the same numbers.
    let (a, b) = (try Self.place("a.weight", network), try Self.place("b.weight", network))
    #expect(first[0][a].prefix(23) != first[0][b].prefix(23))
  }

  @Test("among equal products the lower index goes first, and signs count where they do in the paper")
  func ties() throws {
    let network = Network(layers: [2, 3])
    var state = ModelState.fresh(network)
    state.parameters[0].value.values = [1, -1, 1, -2, -0.0, 1]
    let gradients = [Matrix(rows: 2, columns: 3, values: [-0.5, -0.5, 0.5, 0.25, -4, 0.25])]
    // The products: -0.5, 0.5, 0.5, -0.5, 0, 0.25.
    let orders: [(any Criterion, [Int])] = [
      (SNIP(), [4, 5, 0, 1, 2, 3]), (Taylor(), [4, 5, 0, 1, 2, 3]), (GraSP(), [0, 3, 4, 5, 1, 2]),
    ]
    for (criterion, order) in orders {
      for backend in try TestDevice.backends() {
        var specification = ModelSpecification(network: network, batchSize: 4, masked: true)
        specification.ranking = Ranking(criterion)
        let model = try backend.makeModel(specification)
        for count in 0...6 {
          try model.load(state)
          try model.load(gradients: gradients)
          try model.enqueuePruning(PruningEvent(ParameterID(0), unit: .weight, count: count))
          let mask = try model.state().masks[0]
          #expect(Set(mask.indices.filter { mask[$0] == 0 }) == Set(order.prefix(count)))
        }
      }
    }
  }

  @Test("batch norms rank no units that have none")
  func withoutBatchNorm() throws {
    let network = Network(layers: [8, 6, 4])
    let owners = network.units(of: ParameterID(0))
    #expect(BatchNormScale().ranking(owners, of: network).isEmpty)
    var specification = ModelSpecification(network: network, batchSize: 4, masked: true)
    specification.ranking = Ranking(BatchNormScale())
    // It can be made, and trained.
    for backend in try TestDevice.backends() {
      let model = try backend.makeModel(specification)
      try model.load(.fresh(network))
      #expect(try model.counts().map(\.survivors) == [48, 24])
    }
  }
}
