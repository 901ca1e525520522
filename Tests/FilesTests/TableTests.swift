import Files
import TestSupport
import Testing

/// Protects the tables and vectors that other programs read.
@Suite("Tables")
struct TableTests {
  @Test(
    "a damaged row is named by its line in the file",
    arguments: [
      ("a,b\n\"x\ny\",2\n3\n", "line 4 has 1 cells, but there are 2 columns"),
      ("a,b\n1,2\n\n\"3,4\n", "a quoted cell is not closed (line 4)"),
    ])
  func damagedRow(text: String, expected: String) throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(text, to: folder("t.csv"))
    #expect(
      message { try CSVTable.read(folder("t.csv"), needing: []) }.hasSuffix(expected))
  }

  @Test("a number may be NaN, infinite or left out, and nothing else")
  func numbers() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("a,b,c,d\nnan,-inf,,0.5x\n", to: folder("t.csv"))
    let row = try #require(try CSVTable.read(folder("t.csv"), needing: []).rows.first)
    #expect(try row.number("a")?.isNaN == true)
    #expect(try row.number("b") == -.infinity)
    #expect(try row.number("c") == nil && row.text("c") == nil && row.text("absent") == nil)
    #expect(message { try row.number("d") } == "\(folder("t.csv")): line 2: d is \"0.5x\"")
  }

  @Test("more columns than are needed, quotes and Windows line ends are read")
  func tolerant() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("a,b\r\n\"x,\ny\",\"\"\"q\"\"\"\r\n1,2", to: folder("t.csv"))
    let table = try CSVTable.read(folder("t.csv"), needing: ["b"])
    #expect(table.columns == ["a", "b"])
    #expect(table.rows.map { $0.text("a") } == ["x,\ny", "1"])
    #expect(table.rows.map { $0.text("b") } == ["\"q\"", "2"])
  }

  @Test("vectors survive in both widths, and other files are refused")
  func numpy() throws {
    let folder = try TemporaryFolder()
    try NumpyFile.write([0.1, -1, 1e300], to: folder("d.npy"))
    #expect(try NumpyFile.read(folder("d.npy")) == [0.1, -1, 1e300])
    #expect(try FileSystem.read(folder("d.npy")).count == 128 + 24)
    try NumpyFile.write([Float(0.5), 2], to: folder("f.npy"))
    #expect(try NumpyFile.read(folder("f.npy")) == [0.5, 2])
    try NumpyFile.write([Double](), to: folder("e.npy"))
    #expect(try NumpyFile.read(folder("e.npy")) == [])
    let bytes = try FileSystem.read(folder("d.npy"))
    for length in [0, 5, 9, 60, 130, 151] {
      try AtomicFile.write(Array(bytes[..<length]), to: folder("cut.npy"))
      #expect(throws: FileFormatError.self) { try NumpyFile.read(folder("cut.npy")) }
    }
  }
}
