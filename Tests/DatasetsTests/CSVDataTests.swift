import Datasets
import Files
import TestSupport
import Testing

/// Protects what a study sees of tables, and people from tables that are read otherwise than they are meant.
@Suite("CSV data") struct CSVDataTests {
  private let fixture: OwnDataFixture

  init() throws { fixture = try OwnDataFixture() }

  /// The rows that are read of a table, each with its label.
  private func rows(_ text: String, label: String? = nil) throws -> (rows: Set<[Float]>, classes: [String]) {
    try fixture.folder.write(text, "table.csv")
    let data = try fixture.data("table.csv") {
      $0.label = label
      $0.testFraction = 0.3
    }
    let set = try data.described()
    let loaded = try set.load(DatasetRequest(name: "own"))
    var rows: Set<[Float]> = []
    for part in [loaded.train, loaded.test] {
      guard case .floats(let values) = part.pixels else { continue }
      for (row, label) in part.labels.enumerated() {
        rows.insert(
          Array(values[(row * part.shape.values)..<((row + 1) * part.shape.values)]) + [Float(label)])
      }
    }
    return (rows, set.classNames)
  }

  private func problem(_ text: String, label: String? = nil) throws -> String {
    try fixture.folder.write(text, "table.csv")
    return fixture.problem("table.csv") {
      $0.label = label
      $0.testFraction = 0.3
    }
  }

  @Test("with or without a header, with any separator, and the label wherever it is")
  func forms() throws {
    let expected: Set<[Float]> = [[1, 2.5, 0], [-3, 0.25, 1], [4, 5, 0], [6, 7, 1]]
    for (text, label) in [
      ("a,b,species\n1,2.5,cat\n-3,.25,dog\n4,5,cat\n6,7,dog\n", nil),
      ("1;2.5;cat\r\n-3;0.25;dog\r\n4;5;cat\r\n\r\n6;7;dog", nil),
      ("label\ta\tb\ncat\t1\t2.5\ndog\t-3\t25e-2\ncat\t4\t5\ndog\t6\t7\n", nil),
      ("\u{feff}\"a\", \"kind\", \"b\"\n1, \"cat\", \"2.5\"\n-3, dog, 0.25\n4, cat, 5\n6, dog, 7\n", "kind"),
      ("cat,1,2.5\ndog,-3,0.25\ncat,4,5\ndog,6,7\n", "1"),
    ] as [(String, String?)] {
      let (rows, classes) = try rows(text, label: label)
      #expect(rows == expected && classes == ["cat", "dog"], "\(text)")
    }
    // pandas numbers columns that have no names.
    let numbered = try rows("0,1,label\n1,2.5,10\n-3,0.25,9\n4,5,10\n6,7,9\n")
    #expect(
      numbered.rows == [[1, 2.5, 1], [-3, 0.25, 0], [4, 5, 1], [6, 7, 0]] && numbered.classes == ["9", "10"])
  }

  @Test("each fault is named with its line")
  func faults() throws {
    let start = "a,b,label\n1,2,x\n3,4,y\n"
    #expect(
      try problem(start + "5,,x\n")
        == "DIR/table.csv: line 4: column \"b\" is empty; give a number, with a point for its decimals, or remove the line or the "
        + "column")
    #expect(
      try problem(start + "5,nan,x\n").contains(
        "line 4: column \"b\" is \"nan\", which is no finite 32-bit number"))
    #expect(try problem(start + "5,1e99,x\n").contains("line 4: column \"b\" is \"1e99\""))
    #expect(
      try problem(start + "5,6,\n")
        == "DIR/table.csv: line 4: its label is missing; give it, or remove the line")
    #expect(try problem(start + "5,6\n").contains("line 4 has 2 cells, but there are 3 columns"))
    #expect(
      try problem(start, label: "kind").contains(
        "it has no column \"kind\"; there are a, b, label; name one of them"))
    #expect(
      try problem(",a,label\n0,1,x\n1,2,y\n").contains(
        "a column has no name, as the index that pandas writes has none"))
    #expect(try problem("a,b,label\n1,2,x\n3,4,x\n").contains("all of its images are of one class, \"x\""))
  }
}
