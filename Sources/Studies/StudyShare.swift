/// What a process takes of a study that others work on, too.
package struct StudyShare: Equatable, Sendable {
  /// A part of so many equal ones.
  package struct Shard: Equatable, Sendable {
    /// Counted from 1.
    package let number: Int
    package let count: Int

    /// Reads a text such as `3/8`; nil for another.
    package init?(_ text: String) {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
      guard parts.count == 2, let number = parts[0], let count = parts[1], count > 0,
        (1...count).contains(number)
      else { return nil }
      self.number = number
      self.count = count
    }

    /// Its part of a list: every so many elements.
    func part<Element>(of list: [Element]) -> [Element] {
      stride(from: number - 1, to: list.count, by: count).map { list[$0] }
    }
  }

  package var shard: Shard?
  /// Only the jobs of a stage: 1 are those that build on nothing, each of the others builds on some of the stage before.
  package var stage: Int?

  package init(shard: Shard? = nil, stage: Int? = nil) {
    self.shard = shard
    self.stage = stage
  }

  /// Whether everything that is left is for this process, too.
  package var isWhole: Bool { shard == nil && stage == nil }
}
