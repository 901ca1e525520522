import GraphExec

extension CPUModel {
  func enqueueTopology(_ event: TopologyEvent) throws {
    guard let growth = specification.regrowth else {
      preconditionFailure("only the topology of a model that regrows can change")
    }
    let shape = specification.network[event.weight]
    let value = value(event.weight)
    var mask = ByColumns(rows: shape.rows, masks[event.weight.index])
    // The keys of entries only: places without one are never dropped.
    let entries = mask.places.filter { mask[$0] != 0 }
    let keys = entries.map {
      CandidateSelection.key(value[mask.index($0)].magnitude.bitPattern, isPruned: false)
    }
    for dropped in CandidateSelection.lowest(event.count, of: keys) { mask[entries[dropped]] = 0 }
    let open = mask.places.filter { mask[$0] == 0 }
    let bits = event.bits(seed: specification.seed)
    let gradient = growth == .gradient ? array(.parameter(event.weight, .gradient)).values : nil
    let growthKeys = open.map { place in
      gradient.map { Regrowth.key(ofGradient: $0[mask.index(place)]) } ?? Regrowth.key(ofBits: bits(place))
    }
    for grown in CandidateSelection.lowest(event.count, of: growthKeys) { mask[open[grown]] = 1 }
    masks[event.weight.index] = mask.values
    for array in [value] + slots(of: event.weight) {
      for (entry, survives) in mask.values.enumerated() where survives == 0 { array[entry] = 0 }
    }
  }
}

/// A matrix's bytes, row-major, with its places counted column by column.
private struct ByColumns {
  let rows: Int
  let columns: Int
  var values: [UInt8]

  init(rows: Int, _ values: [UInt8]) {
    (self.rows, self.values) = (rows, values)
    columns = values.count / max(rows, 1)
  }

  var places: Range<Int> { 0..<values.count }

  /// Where a place's byte is.
  func index(_ place: Int) -> Int {
    let (column, row) = place.quotientAndRemainder(dividingBy: rows)
    return row * columns + column
  }

  subscript(_ place: Int) -> UInt8 {
    get { values[index(place)] }
    set { values[index(place)] = newValue }
  }
}
