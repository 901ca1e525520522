import Reports
import Testing

/// A damaged file must be named with its line, never read as something else.
@Suite("CSV tables")
struct CSVTableTests {
  @Test("columns are found by name, quotes and line breaks within quotes are kept")
  func quoting() throws {
    let table = try CSVTable("b,a\r\n1,\"x, \"\"y\"\"\nz\"\r\n2,\r\n", file: "t.csv")
    #expect(table.columns == ["b", "a"])
    #expect(table.rows.map(\.line) == [2, 4])
    #expect(table.rows[0].text("a") == "x, \"y\"\nz")
    #expect(try table.rows[0].number("b") == 1)
    #expect(table.rows[1].text("a") == nil)
    #expect(table.rows[1].text("absent") == nil)
  }

  @Test("NaN and infinity are numbers")
  func notFinite() throws {
    let row = try #require(CSVTable("x,y,z\nnan,inf,-inf\n", file: "t.csv").rows.first)
    #expect(try row.number("x")?.isNaN == true)
    #expect(try row.number("y") == .infinity)
    #expect(try row.number("z") == -.infinity)
    #expect(try row.integer("x") == nil)
  }

  @Test(
    "errors name the file and the line",
    arguments: [
      ("", "t.csv is empty"),
      ("a,a\n", "t.csv, line 1: the column 'a' appears twice"),
      ("a,b\n1,2\n3\n", "t.csv, line 3: 1 fields, but the header has 2 columns"),
      ("a,b\n\"1,2\n", "t.csv, line 2: a quoted field is never closed"),
    ])
  func damage(text: String, message: String) throws {
    let error = #expect(throws: ReportError.self) { try CSVTable(text, file: "t.csv") }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    #expect(error?.kind == .data)
  }

  @Test("a field that is no number is shown with its place")
  func wrongNumber() throws {
    let row = try #require(CSVTable("a\n0.5x\n", file: "t.csv").rows.first)
    let error = #expect(throws: ReportError.self) { try row.number("a") }
    #expect(error?.description == "t.csv, line 2: a is '0.5x', which is not a number")
  }
}
