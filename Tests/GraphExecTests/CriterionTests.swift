import GraphExec
import TestSupport
import Testing

/// Protects that every criterion prunes what its formula says, on every backend.
@Suite(.serialized) struct CriterionTests {
  typealias Layer = Network.Layer

  /// What a candidate is ranked by, of the values that rank it, in plain `Double`.
  private static let formulas: [String: @Sendable ([Double]) -> Double] = [
    "magnitude": { values in values.reduce(0) { $0 + $1 * $1 }.squareRoot() },
    "l1_norm": { values in values.reduce(0) { $0 + abs($1) } },
    "batch_norm_scale": { values in values.reduce(0) { $0 + abs($1) } },
  ]

  private static func network() throws -> Network {
    try Network(
      input: Shape(2, 5, 5),
      layers: [
        Layer("a", Conv2D(outputs: 23, kernel: 3, padding: 1, bias: true)), Layer("a.norm", BatchNorm()),
        Layer("a.relu", ReLU()), Layer("flat", Flatten()), Layer("b", Linear(outputs: 37)),
        Layer("b.norm", BatchNorm()), Layer("b.relu", ReLU()), Layer("c", Linear(outputs: 10)),
      ])
  }

  /// Values of all signs and sizes, those of batch norms too.
  private static func state(_ network: Network, seed: UInt64) -> ModelState {
    var random = SplitMix64(seed: seed, stream: 3)
    return ModelState(
      initialValues: network.parameters.map { parameter in
        Matrix(
          rows: parameter.rows, columns: parameter.columns,
          values: (0..<parameter.count).map { _ in Float.random(in: -1...1, using: &random) })
      })
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

  @Test("what goes ranks lowest by the formula, and as much as is asked for", arguments: PruningUnit.allCases)
  func formula(unit: PruningUnit) throws {
    let network = try Self.network()
    let state = Self.state(network, seed: 7)
    for kind in Criteria.all where kind.units.contains(unit) && kind.name != RandomRank.name {
      let formula = try #require(Self.formulas[kind.name], "\(kind.name) needs its formula in this test")
      let masks = try Self.masks(kind.init(), unit, state, network)
      for own in masks { #expect(own == masks[0], "\(kind.name)") }
      for layer in ["a", "b"] {
        let weight = try Self.place("\(layer).weight", network)
        let ranked =
          kind.name == BatchNormScale.name ? try Self.place("\(layer).norm.scale", network) : weight
        let (values, columns) = (state.parameters[ranked].value.values, network.parameters[weight].columns)
        let mask = masks[0][weight]
        let candidates = unit == .weight ? values.count : columns
        let scores = (0..<candidates).map { candidate in
          let step = unit == .weight ? values.count : columns
          return formula(stride(from: candidate, to: values.count, by: step).map { Double(values[$0]) })
        }
        let (gone, kept) = (0..<candidates).reduce(into: ([Double](), [Double]())) {
          if mask[$1] == 0 { $0.0.append(scores[$1]) } else { $0.1.append(scores[$1]) }
        }
        #expect(gone.count == candidates / 2, "\(kind.name)")
        // In floats, sums of nearly the same size may change places.
        #expect((gone.max() ?? 1) <= (kept.min() ?? 0) * (1 + 1e-5), "\(kind.name)")
      }
    }
  }

  @Test(
    "by chance: the same for a seed whatever the values, another one for another seed and layer",
    arguments: PruningUnit.allCases)
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
