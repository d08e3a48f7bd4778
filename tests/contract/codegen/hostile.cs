// Prints what code made from hostile definitions has: one JSON array of the names of flags, the
// values of those that are texts, the metadata of an event with all fields, and a list of records.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text;
using GameDefinitions;

public static class Game
{
    private static Json Texts(IEnumerable<string> texts)
    {
        return Json.Of(texts.Select(Json.Of));
    }

    public static void Main()
    {
        List<string> names = typeof(FlagNames).GetFields().Select(each => (string)each.GetValue(null)).ToList();
        Flags flags = Flags.Of(names, name => name, name => name + "!");
        IEnumerable<string> values = typeof(Flags).GetProperties()
            .Where(each => each.PropertyType == typeof(string))
            .Select(each => (string)each.GetValue(flags));
        var fields = new TypedFields();
        foreach (PropertyInfo each in typeof(TypedFields.Metadata_Type).GetProperties())
        {
            Type choice = Nullable.GetUnderlyingType(each.PropertyType);
            object value = choice == null ? "" : Enum.GetValues(choice).Cast<object>().Last();
            each.SetValue(fields.Metadata, value);
        }
        Json metadata = Json.Of(Events.Typed(fields).Metadata.Select(
            each => new KeyValuePair<string, Json>(each.Key, Json.Of(each.Value))));
        Json lists = Json.Of(flags.Lists.Select(each => each == null ? Json.Null : Json.Of("a record")));
        Json told = Json.Of(new[] { Texts(names), Texts(values), metadata, lists });
        byte[] bytes = Encoding.UTF8.GetBytes(told.ToString());
        Console.OpenStandardOutput().Write(bytes, 0, bytes.Length);
    }
}
