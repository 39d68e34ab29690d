extension RuleSet {
    /// What rules may ask of a record; names by which a record is only told apart are left out,
    /// since an object under such a name would make it something else.
    var askedFields: AskedFields {
        var except: [FieldID] = []
        for source in sources {
            except += source.classFields + source.timeFields + source.hostFields
            except += source.userFields + source.recognise.joined().joined()
            if let record = source.recordField { except.append(record) }
        }
        return AskedFields(names, except: except)
    }
}
