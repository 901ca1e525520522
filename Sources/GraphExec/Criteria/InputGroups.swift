/// The groups of a column's entries of which N:M sparsity keeps as many each: neighbouring inputs, or channels at one tap of a
/// filter.
public struct InputGroups: Sendable, Equatable {
  /// Entries of a group.
  public let size: Int
  /// Rows from one of them to the next: the taps of a filter.
  public let distance: Int
  /// How many groups a column has.
  public let count: Int

  /// Groups of so many; nil where a parameter's inputs do not divide into them.
  ///
  /// - Parameters:
  ///   - size: entries of a group.
  ///   - weight: a layer's, of `[inputs, outputs]`, or `[channels, height, width, outputs]`.
  public init?(of size: Int, _ weight: Parameter) {
    let distance = weight.shape.dimensions.dropFirst().dropLast().reduce(1, *)
    guard weight.rows % (size * distance) == 0 else { return nil }
    (self.size, self.distance, self.count) = (size, distance, weight.rows / size)
  }

  /// The rows of a group.
  public func rows(of group: Int) -> [Int] {
    let first = group / distance * distance * size + group % distance
    return (0..<size).map { first + $0 * distance }
  }
}

extension Network {
  /// The groups of which an event prunes as many each; nil where it prunes anything else.
  package func groups(of event: PruningEvent) -> InputGroups? {
    guard case .group(let size) = event.unit else { return nil }
    guard let groups = InputGroups(of: size, self[event.weights[0]]) else {
      preconditionFailure(
        "the inputs of \(self[event.weights[0]].label) do not divide into groups of \(size)")
    }
    return groups
  }
}
