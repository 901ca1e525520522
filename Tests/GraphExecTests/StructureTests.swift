import Device
import GraphExec
import Pruning
import Reference
import TestSupport
import Testing

/// What blocks and groups of inputs are, and that every backend prunes the same ones.
@Suite(.serialized) struct StructureTests {
  @Test("every entry belongs to one block, and those at the ends are smaller")
  func grid() {
    let grid = BlockGrid(rows: 7, columns: 10, blockRows: 3, blockColumns: 4)
    #expect(grid.count == 9 && grid.across == 3)
    let entries = (0..<grid.count).map(grid.entries)
    #expect(entries.joined().sorted() == Array(0..<70))
    for (block, own) in entries.enumerated() {
      #expect(own.allSatisfy { grid.block(ofEntry: $0) == block } && own.first == grid.firstEntry(of: block))
    }
    #expect(entries[8] == [68, 69] && entries[1].prefix(4) == [4, 14, 24, 5])
  }

  @Test(
    "groups are neighbouring inputs, in a filter neighbouring channels at one tap; what does not divide has none"
  )
  func groups() throws {
    func weight(_ dimensions: [Int]) throws -> Parameter {
      let outputs = dimensions[dimensions.count - 1]
      let layers = dimensions.count == 2 ? Network(layers: [dimensions[0], outputs]) : try Self.filters
      return layers.parameters[0]
    }
    let linear = try #require(InputGroups(of: 4, weight([12, 5])))
    #expect((0..<linear.count).map(linear.rows) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]])
    #expect(InputGroups(of: 4, try weight([10, 5])) == nil)
    let filter = try #require(InputGroups(of: 2, weight([4, 3, 3, 6])))
    #expect(filter.count == 18 && filter.rows(of: 0) == [0, 9] && filter.rows(of: 8) == [8, 17])
    #expect(filter.rows(of: 9) == [18, 27])
    #expect((0..<18).flatMap(filter.rows).sorted() == Array(0..<36))
    #expect(InputGroups(of: 3, try weight([4, 3, 3, 6])) == nil)
  }

  /// Four channels, and six filters of three by three.
  private static var filters: Network {
    get throws {
      try Network(
        input: Shape(4, 5, 5),
        layers: [
          Network.Layer("first", Conv2D(outputs: 6, kernel: 3)), Network.Layer("flat", Flatten()),
          Network.Layer("last", Linear(outputs: 3)),
        ])
    }
  }

  @Test("of each group the same number goes, the lowest, on every backend", arguments: [1, 3])
  func lowest(lost: Int) throws {
    let network = Network(layers: [64, 48, 36, 10])
    let start = ModelState.fresh(network)
    let policy = PruningPolicy(unit: .group(size: 4), schedule: .constant(Double(lost) / 4))
    let states = try TestDevice.backends().map { backend in
      let model = try backend.makeModel(ModelSpecification(network: network, batchSize: 16, masked: true))
      try model.load(start)
      // Twice, since what is pruned already goes first.
      for _ in 0..<2 { try model.enqueue(policy.events(beforeStep: 0, of: network)) }
      return try model.state()
    }
    for state in states { #expect(state == states[0]) }
    for (index, weight) in network.weights.dropLast().enumerated() {
      let (columns, values) = (network[weight].columns, start.parameters[index].value.values)
      let groups = try #require(InputGroups(of: 4, network[weight]))
      for group in 0..<groups.count {
        for column in 0..<columns {
          let entries = groups.rows(of: group).map { $0 * columns + column }
          let order = entries.sorted { (values[$0].magnitude, $0) < (values[$1].magnitude, $1) }
          #expect(order.map { states[0].masks[index][$0] } == (0..<4).map { $0 < lost ? 0 : 1 })
        }
      }
    }
  }

  @Test("filters lose channels at each tap alike, and blocks of them go whole, on every backend")
  func filters() throws {
    let network = try Self.filters
    let units: [PruningUnit] = [.group(size: 2), .block(rows: 9, columns: 2), .block(rows: 4, columns: 4)]
    for unit in units {
      let policy = PruningPolicy(unit: unit, schedule: .constant(0.5))
      let states = try TestDevice.backends().map { backend in
        let model = try backend.makeModel(ModelSpecification(network: network, batchSize: 16, masked: true))
        try model.load(.fresh(network))
        try model.enqueue(policy.events(beforeStep: 0, of: network))
        return try model.state()
      }
      for state in states { #expect(state == states[0], "\(unit)") }
      let mask = states[0].masks[0]
      if let groups = InputGroups(of: 2, network.parameters[0]), unit == .group(size: 2) {
        for group in 0..<groups.count {
          for column in 0..<6 {
            #expect(groups.rows(of: group).count { mask[$0 * 6 + column] == 0 } == 1)
          }
        }
      } else {
        let grid = unit.grid(rows: 36, columns: 6)
        let kept = (0..<grid.count).map { block in Set(grid.entries(of: block).map { mask[$0] }) }
        #expect(kept.allSatisfy { $0.count == 1 } && kept.count { $0 == [0] } == grid.count / 2, "\(unit)")
      }
    }
  }
}
