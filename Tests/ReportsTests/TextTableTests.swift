import Reports
import Testing

/// Columns must line up whatever the cells hold.
@Suite("Text tables")
struct TextTableTests {
  @Test("numbers stand right, words left, and no line ends in blanks")
  func alignment() {
    var table = TextTable(["name", "count"])
    table.append(["a", "1"])
    table.append(["bcdef", "1,234"])
    table.append(["g", "–"])
    #expect(table.text == "name   count\n─────  ─────\na          1\nbcdef  1,234\ng          –\n")
  }

  @Test("wide and combining characters are counted in terminal cells")
  func unicode() {
    #expect(TextTable.width("naïve") == 5)
    #expect(TextTable.width("nai\u{308}ve") == 5)
    #expect(TextTable.width("漢字") == 4)
    #expect(TextTable.width("👍") == 2)
    var table = TextTable(["x", "y"])
    table.append(["漢字", "b"])
    table.append(["abcd", "b"])
    let lines = table.text.split(separator: "\n")
    #expect(lines[2] == "漢字  b")
    #expect(lines[3] == "abcd  b")
  }

  @Test("missing cells are empty, control characters never reach the terminal")
  func cleaning() {
    var table = TextTable(["a", "b"])
    table.append(["x\u{1B}[31m\ny"])
    #expect(table.text.contains("x [31m y\n"))
  }

  @Test("a table fits its width: titles fold, columns move closer, and the rest follows below")
  func fitting() {
    var table = TextTable(["name", "first number", "second number"])
    table.append(["a", "1", "2"])
    table.append(["bcd", "3.25", "4"])
    #expect(table.text(width: 80) == table.text)
    #expect(
      table.text(width: 20).split(separator: "\n") == [
        "       first  second", "name  number  number", "────  ──────  ──────", "a          1       2",
        "bcd     3.25       4",
      ])
    #expect(
      table.text(width: 19).split(separator: "\n") == [
        "      first second", "name number number", "──── ────── ──────", "a         1      2",
        "bcd    3.25      4",
      ])
    let blocks = table.text(width: 12).components(separatedBy: "\n\n")
    #expect(blocks.count == 2)
    #expect(blocks.allSatisfy { $0.split(separator: "\n").dropFirst().first?.hasPrefix("name") == true })
    #expect(table.text(width: 12).split(separator: "\n").allSatisfy { $0.count <= 12 })
  }

  @Test("a table without rows is its titles")
  func empty() {
    #expect(TextTable(["a", "bc"]).text == "a  bc\n─  ──\n")
  }
}
