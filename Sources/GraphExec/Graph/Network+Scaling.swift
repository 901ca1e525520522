extension Network {
  /// The same network with fewer units in each hidden layer, by one factor, each layer's number rounded and 1 at least: the
  /// largest one of at most so many parameters.
  ///
  /// - Returns: nil where even one unit in each hidden layer has more, or no layer is hidden.
  package func scaled(toParameters count: Int) -> Network? {
    let smallest = scaledToOne
    guard smallest.parameterCount < parameterCount, smallest.parameterCount <= count else { return nil }
    guard parameterCount > count else { return self }
    // The number of parameters does not fall as the factor grows: halving finds the last factor that fits.
    var (low, high) = (0.0, 1.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if scaled(by: middle).parameterCount <= count { low = middle } else { high = middle }
    }
    return scaled(by: low)
  }

  /// The network with one unit in each hidden layer.
  package var scaledToOne: Network { scaled(by: 0) }

  private func scaled(by factor: Double) -> Network {
    let groups = UnitGroups(self)
    let counts = groups.groups.map { group in
      group.isFixed ? group.count : max(1, Int((Double(group.count) * factor).rounded()))
    }
    return resized(units: counts, in: groups)
  }
}
