using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace GameDefinitions
{
    /// <summary>What a JSON value is.</summary>
    public enum JsonKind { Null, Boolean, Number, Text, Array, Object }

    /// <summary>Any JSON value; it does not change.</summary>
    public sealed class Json
    {
        /// <summary>The JSON value null.</summary>
        public static readonly Json Null = new Json(JsonKind.Null);

        private static readonly Json[] NoItems = new Json[0];
        private static readonly KeyValuePair<string, Json>[] NoMembers = new KeyValuePair<string, Json>[0];

        private Json(JsonKind kind)
        {
            Kind = kind;
            Text = "";
            Items = NoItems;
            Members = NoMembers;
        }

        /// <summary>What it is.</summary>
        public JsonKind Kind { get; }

        /// <summary>The value of a boolean, else false.</summary>
        public bool Truth { get; private set; }

        /// <summary>The value of a number, else 0.</summary>
        public double Number { get; private set; }

        /// <summary>The value of a text, else empty.</summary>
        public string Text { get; private set; }

        /// <summary>The items of an array, else none.</summary>
        public IReadOnlyList<Json> Items { get; private set; }

        /// <summary>The members of an object, else none.</summary>
        public IReadOnlyList<KeyValuePair<string, Json>> Members { get; private set; }

        /// <summary>The member of an object; null where there is none.</summary>
        public Json this[string name]
        {
            get
            {
                for (int at = Members.Count - 1; at >= 0; at--)
                {
                    if (Members[at].Key == name) return Members[at].Value;
                }
                return null;
            }
        }

        /// <summary>A boolean.</summary>
        public static Json Of(bool truth)
        {
            return new Json(JsonKind.Boolean) { Truth = truth };
        }

        /// <summary>A number; null if it is not finite.</summary>
        public static Json Of(double number)
        {
            bool finite = !double.IsNaN(number) && !double.IsInfinity(number);
            return finite ? new Json(JsonKind.Number) { Number = number } : Null;
        }

        /// <summary>A text; null for null.</summary>
        public static Json Of(string text)
        {
            return text == null ? Null : new Json(JsonKind.Text) { Text = text };
        }

        /// <summary>An array.</summary>
        public static Json Of(IEnumerable<Json> items)
        {
            var kept = new List<Json>();
            foreach (Json each in items) kept.Add(each ?? Null);
            return new Json(JsonKind.Array) { Items = kept.AsReadOnly() };
        }

        /// <summary>An object.</summary>
        public static Json Of(IEnumerable<KeyValuePair<string, Json>> members)
        {
            var kept = new List<KeyValuePair<string, Json>>();
            foreach (var each in members)
            {
                kept.Add(new KeyValuePair<string, Json>(each.Key, each.Value ?? Null));
            }
            return new Json(JsonKind.Object) { Members = kept.AsReadOnly() };
        }

        /// <summary>The value of a whole text; null where it is not JSON.</summary>
        public static Json Parse(string text)
        {
            return text == null ? null : new JsonParser(text).Parse();
        }

        /// <summary>It as JSON.</summary>
        public override string ToString()
        {
            var text = new StringBuilder();
            Write(text);
            return text.ToString();
        }

        internal void Write(StringBuilder into)
        {
            switch (Kind)
            {
                case JsonKind.Boolean: into.Append(Truth ? "true" : "false"); break;
                case JsonKind.Number: into.Append(NumberText(Number)); break;
                case JsonKind.Text: WriteText(into, Text); break;
                case JsonKind.Array: WriteItems(into); break;
                case JsonKind.Object: WriteMembers(into); break;
                default: into.Append("null"); break;
            }
        }

        private void WriteItems(StringBuilder into)
        {
            into.Append('[');
            for (int at = 0; at < Items.Count; at++)
            {
                if (at > 0) into.Append(',');
                Items[at].Write(into);
            }
            into.Append(']');
        }

        private void WriteMembers(StringBuilder into)
        {
            into.Append('{');
            for (int at = 0; at < Members.Count; at++)
            {
                if (at > 0) into.Append(',');
                WriteText(into, Members[at].Key);
                into.Append(':');
                Members[at].Value.Write(into);
            }
            into.Append('}');
        }

        // Not all runtimes give with "R" what reads as the same number.
        private static string NumberText(double number)
        {
            string text = number.ToString("R", CultureInfo.InvariantCulture);
            double again;
            bool same = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out again)
                && again.Equals(number);
            return same ? text : number.ToString("G17", CultureInfo.InvariantCulture);
        }

        private static void WriteText(StringBuilder into, string text)
        {
            into.Append('"');
            foreach (char each in text)
            {
                if (each == '"' || each == '\\') into.Append('\\').Append(each);
                else if (each < ' ') into.Append("\\u").Append(((int)each).ToString("x4", CultureInfo.InvariantCulture));
                else into.Append(each);
            }
            into.Append('"');
        }
    }

    internal sealed class JsonParser
    {
        private const int DepthMax = 200;
        private readonly string _text;
        private int _at;

        internal JsonParser(string text)
        {
            _text = text;
        }

        /// <summary>The value of the whole text, or null.</summary>
        internal Json Parse()
        {
            Json found = Value(0);
            Space();
            return _at == _text.Length ? found : null;
        }

        private void Space()
        {
            while (_at < _text.Length && " \t\r\n".IndexOf(_text[_at]) >= 0) _at++;
        }

        private bool Take(char expected)
        {
            if (_at >= _text.Length || _text[_at] != expected) return false;
            _at++;
            return true;
        }

        private bool Word(string expected)
        {
            if (string.CompareOrdinal(_text, _at, expected, 0, expected.Length) != 0) return false;
            _at += expected.Length;
            return true;
        }

        private Json Value(int depth)
        {
            Space();
            if (depth > DepthMax || _at >= _text.Length) return null;
            switch (_text[_at])
            {
                case '{': return Object(depth);
                case '[': return Array(depth);
                case '"':
                    string text = Text();
                    return text == null ? null : Json.Of(text);
                case 't': return Word("true") ? Json.Of(true) : null;
                case 'f': return Word("false") ? Json.Of(false) : null;
                case 'n': return Word("null") ? Json.Null : null;
                default: return Number();
            }
        }

        private Json Object(int depth)
        {
            var members = new List<KeyValuePair<string, Json>>();
            _at++;
            Space();
            if (Take('}')) return Json.Of(members);
            do
            {
                Space();
                string name = Text();
                if (name == null) return null;
                Space();
                Json value = Take(':') ? Value(depth + 1) : null;
                if (value == null) return null;
                members.Add(new KeyValuePair<string, Json>(name, value));
                Space();
            }
            while (Take(','));
            return Take('}') ? Json.Of(members) : null;
        }

        private Json Array(int depth)
        {
            var items = new List<Json>();
            _at++;
            Space();
            if (Take(']')) return Json.Of(items);
            do
            {
                Json item = Value(depth + 1);
                if (item == null) return null;
                items.Add(item);
                Space();
            }
            while (Take(','));
            return Take(']') ? Json.Of(items) : null;
        }

        private bool Digits()
        {
            int begin = _at;
            while (_at < _text.Length && _text[_at] >= '0' && _text[_at] <= '9') _at++;
            return _at > begin;
        }

        private Json Number()
        {
            int begin = _at;
            Take('-');
            if (!Take('0') && !Digits()) return null;
            if (Take('.') && !Digits()) return null;
            if (Take('e') || Take('E'))
            {
                if (!Take('+')) Take('-');
                if (!Digits()) return null;
            }
            double found;
            string told = _text.Substring(begin, _at - begin);
            bool read = double.TryParse(told, NumberStyles.Float, CultureInfo.InvariantCulture, out found);
            return read && !double.IsInfinity(found) ? Json.Of(found) : null;
        }

        private string Text()
        {
            if (!Take('"')) return null;
            var found = new StringBuilder();
            while (_at < _text.Length)
            {
                char next = _text[_at++];
                if (next == '"') return found.ToString();
                if (next < ' ') return null;
                if (next != '\\') found.Append(next);
                else if (!Escape(found)) return null;
            }
            return null;
        }

        private bool Escape(StringBuilder into)
        {
            if (_at >= _text.Length) return false;
            char kind = _text[_at++];
            int plain = "\"\\/bfnrt".IndexOf(kind);
            if (plain >= 0)
            {
                into.Append("\"\\/\b\f\n\r\t"[plain]);
                return true;
            }
            char unit;
            if (kind != 'u' || !CodeUnit(out unit) || char.IsLowSurrogate(unit)) return false;
            into.Append(unit);
            if (!char.IsHighSurrogate(unit)) return true;
            if (!Word("\\u") || !CodeUnit(out unit) || !char.IsLowSurrogate(unit)) return false;
            into.Append(unit);
            return true;
        }

        private bool CodeUnit(out char unit)
        {
            int found = 0;
            unit = '\0';
            for (int count = 0; count < 4; count++, _at++)
            {
                int digit = _at < _text.Length ? "0123456789abcdef".IndexOf(char.ToLowerInvariant(_text[_at])) : -1;
                if (digit < 0) return false;
                found = found * 16 + digit;
            }
            unit = (char)found;
            return true;
        }
    }
