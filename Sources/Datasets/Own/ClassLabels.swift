import Text

/// The classes of a part's images as its files tell them: texts or whole numbers, counted.
package struct ClassLabels: Sendable, Equatable {
  /// The different labels, numbers in order of their values, texts in that of their letters.
  package let names: [String]
  /// For each image the place of its label among the names.
  package let places: [Int]

  /// More classes than a label's byte can tell apart.
  static let most = 256

  /// Labels that are whole numbers.
  init(numbers: [Int]) {
    let different = Set(numbers).sorted()
    let place = Dictionary(uniqueKeysWithValues: different.enumerated().map { ($1, $0) })
    names = different.map(String.init)
    places = numbers.map { place[$0] ?? 0 }
  }

  /// Labels that are texts; where all of them are whole numbers, they are in order of their values.
  ///
  /// - Parameters:
  ///   - texts: the different labels.
  ///   - places: for each image the place of its label among them.
  init(texts: [String], places: [Int32]) {
    let numbers = texts.compactMap { Int($0) }
    let areNumbers = numbers.count == texts.count && Set(numbers).count == texts.count
    let order = texts.indices.sorted { areNumbers ? numbers[$0] < numbers[$1] : texts[$0] < texts[$1] }
    var place = [Int](repeating: 0, count: texts.count)
    for (new, old) in order.enumerated() { place[old] = new }
    names = order.map { texts[$0] }
    self.places = places.map { place[Int($0)] }
  }

  /// Labels of which a list says all there are, some of them without an image.
  init(names: [String], places: [Int]) { (self.names, self.places) = (names, places) }

  /// The same in the order of a data set's classes. Labels are their names, or where none of them is, the classes' numbers
  /// from 0 on.
  ///
  /// - Parameters:
  ///   - path: what messages call the labels.
  ///   - source: where the classes are from, for messages.
  /// - Throws: `DatasetError` for a label that is no class.
  func classes(_ classes: [String], path: String, source: String) throws -> [UInt8] {
    let byName = Dictionary(classes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let areNames = names.contains { byName[$0] != nil }
    let found = try names.enumerated().map { place, name -> UInt8 in
      let number = areNames ? nil : Int(name).flatMap { classes.indices.contains($0) ? $0 : nil }
      guard let index = byName[name] ?? number else {
        // A class without an image does no harm in the numbers, but it shows that the parts do not belong together.
        let count = places.count { $0 == place }
        throw DatasetError(
          path,
          "the class \"\(Excerpt.of(name))\" of \(count) image\(count == 1 ? "" : "s") is none of \(source): \(Self.list(classes))",
          remedy: "give both the same classes")
      }
      return UInt8(index)
    }
    return places.map { found[$0] }
  }

  /// The first of the names, for messages.
  static func list(_ names: [String]) -> String {
    let shown = names.prefix(names.count <= 12 ? 12 : 10).map { Excerpt.of($0) }.joined(separator: ", ")
    return names.count <= 12 ? shown : shown + " and \(names.count - 10) more"
  }
}
