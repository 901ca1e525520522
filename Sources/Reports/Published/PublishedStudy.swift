import Files
import Foundation

/// A study that repeats what others have published, and their figures.
package struct PublishedStudy: Decodable, Sendable {
  /// A figure of a paper.
  package struct Figure: Decodable, Sendable {
    /// Which runs of the study it is held against.
    package let strategy: String
    package let sparsity: Double
    /// How the network was made small.
    package let method: String
    /// Test accuracy in percent.
    package let accuracy: Double
    /// Where it stands.
    package let source: String
  }

  /// What the study is to reach.
  package struct Goal: Decodable, Sendable {
    package let strategy: String
    package let sparsity: Double
    /// Mean test accuracy of the last epoch, in percent; nil where it is that of the study's unpruned runs.
    package let accuracy: Double?
  }

  /// Its config is the file of this name beside.
  package let name: String
  package let title: String
  package let published: [Figure]
  package let goals: [Goal]
  /// How the protocol differs from the papers', a line each.
  package let differences: [String]
}

/// The published studies of a folder: `results.json`, and a config for each.
package struct PublishedStudies: Sendable {
  package let folder: String
  package let studies: [PublishedStudy]
  private static let maximumSize = 1 << 20

  /// Reads the folder's `results.json`.
  ///
  /// - Throws: `ReportError`, which says what is wrong with the file.
  package init(folder: String) throws {
    self.folder = folder
    let path = folder + "/results.json"
    guard FileSystem.exists(path) else {
      throw ReportError(
        .data,
        "\(path) is not there; run whittle where configs/published is, or name the folder with --studies")
    }
    do {
      studies = try JSONDecoder().decode(
        [PublishedStudy].self, from: Data(FileSystem.read(path, limit: Self.maximumSize)))
    } catch let error as DecodingError {
      throw ReportError(.data, "\(path): \(error.place)")
    }
  }

  /// The study with a name.
  ///
  /// - Throws: `ReportError` that lists the names.
  package func study(_ name: String) throws -> PublishedStudy {
    if let study = studies.first(where: { $0.name == name }) { return study }
    throw ReportError(
      .data, "\(name) is no published study; there are: \(studies.map(\.name).joined(separator: ", "))")
  }

  /// Where a study's config is.
  package func config(of study: PublishedStudy) -> String { "\(folder)/\(study.name).json" }
}

extension DecodingError {
  /// What is wrong, and where.
  fileprivate var place: String {
    let (context, problem) =
      switch self {
      case .keyNotFound(let key, let context): (context, "\(key.stringValue) is missing")
      case .typeMismatch(let type, let context): (context, "expected \(type)")
      case .valueNotFound(let type, let context): (context, "expected \(type)")
      case .dataCorrupted(let context): (context, context.debugDescription)
      @unknown default: (Context(codingPath: [], debugDescription: ""), "\(self)")
      }
    let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
    return (path.isEmpty ? "" : path.joined(separator: ".") + ": ") + problem
  }
}
