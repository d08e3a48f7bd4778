/** Lists: searched, filtered, sorted and paged, with a state that the address keeps. */

import {
  ActionIcon,
  Box,
  Card,
  CloseButton,
  Group,
  Pagination,
  Table,
  Text,
  TextInput,
  UnstyledButton,
  VisuallyHidden,
} from "@mantine/core";
import { useDebouncedCallback, useHotkeys } from "@mantine/hooks";
import {
  IconArrowDown,
  IconArrowUp,
  IconChevronDown,
  IconChevronLeft,
  IconChevronRight,
  IconSearch,
} from "@tabler/icons-react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import classes from "./data-table.module.css";
import { EmptyState, ErrorPanel, Waiting } from "./feedback";
import { matching, pageNumber, type SortValue, sorted, sortFromText, textOfSort } from "./rows";
import { useUrlState } from "./url-state";

export interface Column<R> {
  key: string;
  header: ReactNode;
  cell: (row: R) => ReactNode;
  /** What the column is sorted by; a column without it cannot be sorted by. */
  sort?: (row: R) => SortValue;
  width?: number | string;
  align?: "left" | "right";
  /** Left out where the window is narrow. */
  wide?: boolean;
}

interface Shared<R> {
  columns: Column<R>[];
  rowKey: (row: R) => string;
  /** What the table lists, for screen readers. */
  label: string;
  /** Where search and filters stand in one line; filters are the screen's own. */
  filters?: ReactNode;
  /** Shown where there are no rows at all. */
  empty: ReactNode;
  error?: unknown;
  retry?: () => void;
  pending?: boolean;
  onRow?: (row: R) => void;
  /** More about a row, shown below it while it is open; then rows open and close by a click. */
  detail?: (row: R) => ReactNode;
  /** What a row is called, for the button that opens it. */
  rowName?: (row: R) => string;
}

interface DataTableProps<R> extends Shared<R> {
  rows: readonly R[] | undefined;
  /** The text that search looks in. */
  searchText: (row: R) => string;
  initialSort?: string;
  pageSize?: number;
  searchPlaceholder?: string;
  /** Sets the parameters of two tables in one address apart. */
  prefix?: string;
}

/** A list whose rows are all at hand: it searches, sorts and pages by itself, at once. */
export function DataTable<R>({
  rows,
  columns,
  rowKey,
  searchText,
  label,
  filters,
  empty,
  error,
  retry,
  pending = rows === undefined,
  initialSort = columns[0]?.key ?? "",
  pageSize = 50,
  searchPlaceholder = "Search",
  prefix = "",
  onRow,
  detail,
  rowName,
}: DataTableProps<R>) {
  const [url, setUrl] = useUrlState();
  const search = url[`${prefix}q`] ?? "";
  const sort = sortFromText(
    url[`${prefix}sort`],
    sortFromText(initialSort, { key: "", descending: false }),
  );
  const found = useMemo(() => matching(rows ?? [], search, searchText), [rows, search, searchText]);
  const sortValue = columns.find((column) => column.key === sort.key)?.sort;
  const ordered = useMemo(
    () => (sortValue ? sorted(found, sortValue, sort.descending) : found),
    [found, sortValue, sort.descending],
  );
  const page = pageNumber(url[`${prefix}page`], ordered.length, pageSize);
  const shown = ordered.slice((page - 1) * pageSize, page * pageSize);
  if (error) {
    return <ErrorPanel error={error} retry={retry} />;
  }
  if (pending) {
    return <Waiting />;
  }
  return (
    <Box>
      <Toolbar
        search={search}
        placeholder={searchPlaceholder}
        onSearch={(text) => setUrl({ [`${prefix}q`]: text, [`${prefix}page`]: "" })}
        filters={filters}
        count={`${ordered.length.toLocaleString("en")} of ${(rows ?? []).length.toLocaleString("en")}`}
      />
      {(rows ?? []).length === 0 ? (
        <Card padding={0}>{empty}</Card>
      ) : ordered.length === 0 ? (
        <Card padding={0}>
          <EmptyState title="Nothing matches">
            Search for something else, or take filters away.
          </EmptyState>
        </Card>
      ) : (
        <Rows
          rows={shown}
          columns={columns}
          rowKey={rowKey}
          label={label}
          onRow={onRow}
          detail={detail}
          rowName={rowName}
          sort={sort}
          onSort={(key) =>
            setUrl({
              [`${prefix}sort`]: textOfSort({
                key,
                descending: sort.key === key && !sort.descending,
              }),
              [`${prefix}page`]: "",
            })
          }
        />
      )}
      {ordered.length > pageSize && (
        <Group justify="center" mt="md">
          <Pagination
            total={Math.ceil(ordered.length / pageSize)}
            value={page}
            onChange={(next) => setUrl({ [`${prefix}page`]: next === 1 ? "" : String(next) })}
            size="sm"
            getControlProps={(control) => ({ "aria-label": `${control} page` })}
          />
        </Group>
      )}
    </Box>
  );
}

interface CursorTableProps<R> extends Shared<R> {
  rows: readonly R[] | undefined;
  /** Search text, where the server searches; absent where it cannot. */
  search?: string;
  onSearch?: (text: string) => void;
  searchPlaceholder?: string;
  nextCursor?: string;
  prevCursor?: string;
  onCursor: (cursor: string) => void;
  filtered?: boolean;
}

/** A list that the server searches and pages: see `page_options` of the API. */
export function CursorTable<R>({
  rows,
  columns,
  rowKey,
  label,
  filters,
  empty,
  error,
  retry,
  pending = rows === undefined,
  search,
  onSearch,
  searchPlaceholder = "Search",
  nextCursor,
  prevCursor,
  onCursor,
  filtered = Boolean(search),
  onRow,
  detail,
  rowName,
}: CursorTableProps<R>) {
  return (
    <Box>
      {(onSearch || filters) && (
        <Toolbar
          search={search}
          placeholder={searchPlaceholder}
          onSearch={onSearch}
          filters={filters}
        />
      )}
      {error ? (
        <ErrorPanel error={error} retry={retry} />
      ) : pending ? (
        <Waiting />
      ) : (rows ?? []).length === 0 ? (
        <Card padding={0}>
          {filtered ? (
            <EmptyState title="Nothing matches">
              Search for something else, or take filters away.
            </EmptyState>
          ) : (
            empty
          )}
        </Card>
      ) : (
        <Rows
          rows={rows ?? []}
          columns={columns}
          rowKey={rowKey}
          label={label}
          onRow={onRow}
          detail={detail}
          rowName={rowName}
        />
      )}
      {(nextCursor || prevCursor) && (
        <Group justify="center" mt="md" gap="xs">
          <ActionIcon
            variant="default"
            size="lg"
            aria-label="Previous page"
            disabled={!prevCursor}
            onClick={() => onCursor(prevCursor ?? "")}
          >
            <IconChevronLeft size={18} />
          </ActionIcon>
          <ActionIcon
            variant="default"
            size="lg"
            aria-label="Next page"
            disabled={!nextCursor}
            onClick={() => onCursor(nextCursor ?? "")}
          >
            <IconChevronRight size={18} />
          </ActionIcon>
        </Group>
      )}
    </Box>
  );
}

function Toolbar({
  search,
  placeholder,
  onSearch,
  filters,
  count,
}: {
  search: string | undefined;
  placeholder: string;
  onSearch?: (text: string) => void;
  filters?: ReactNode;
  count?: string;
}) {
  const [typed, setTyped] = useState(search ?? "");
  const input = useRef<HTMLInputElement>(null);
  const told = useRef(search ?? "");
  const tell = useDebouncedCallback((text: string) => {
    told.current = text;
    onSearch?.(text);
  }, 150);
  useEffect(() => {
    // What the address says by going back, or by a link, is what the field shows.
    if ((search ?? "") !== told.current) {
      told.current = search ?? "";
      setTyped(search ?? "");
    }
  }, [search]);
  useHotkeys([["/", () => input.current?.focus()]]);
  return (
    <Group mb="sm" gap="sm" wrap="wrap">
      {onSearch && (
        <TextInput
          ref={input}
          type="search"
          aria-label={placeholder}
          placeholder={`${placeholder}   /`}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            tell(event.currentTarget.value);
          }}
          leftSection={<IconSearch size={16} />}
          rightSection={
            typed && (
              <CloseButton
                size="sm"
                aria-label="Clear the search"
                onClick={() => {
                  setTyped("");
                  tell("");
                  tell.flush();
                }}
              />
            )
          }
          w={280}
        />
      )}
      {filters}
      {count && (
        <Text size="sm" c="dimmed" ml="auto" aria-live="polite">
          {count}
        </Text>
      )}
    </Group>
  );
}

/** The bare table: for short lists that need neither search nor pages. */
export function Rows<R>({
  rows,
  columns,
  rowKey,
  label,
  onRow,
  detail,
  rowName = rowKey,
  sort,
  onSort,
}: {
  rows: readonly R[];
  columns: Column<R>[];
  rowKey: (row: R) => string;
  label: string;
  onRow?: (row: R) => void;
  detail?: (row: R) => ReactNode;
  rowName?: (row: R) => string;
  sort?: { key: string; descending: boolean };
  onSort?: (key: string) => void;
}) {
  return (
    <Card padding={0} className={classes.frame}>
      <Table.ScrollContainer minWidth={480} type="native">
        <Table
          highlightOnHover={Boolean(onRow ?? detail)}
          aria-label={label}
          className={classes.table}
        >
          <Table.Thead>
            <Table.Tr>
              {detail && (
                <Table.Th w={44}>
                  <VisuallyHidden>Details</VisuallyHidden>
                </Table.Th>
              )}
              {columns.map((column) => (
                <Table.Th
                  key={column.key}
                  w={column.width}
                  ta={column.align}
                  className={column.wide ? classes.wide : undefined}
                  aria-sort={
                    sort?.key === column.key && column.sort
                      ? sort.descending
                        ? "descending"
                        : "ascending"
                      : undefined
                  }
                >
                  {column.sort && onSort ? (
                    <UnstyledButton className={classes.sort} onClick={() => onSort(column.key)}>
                      {column.header}
                      {sort?.key === column.key &&
                        (sort.descending ? <IconArrowDown size={14} /> : <IconArrowUp size={14} />)}
                      <VisuallyHidden>, sort</VisuallyHidden>
                    </UnstyledButton>
                  ) : (
                    column.header
                  )}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Row
                key={rowKey(row)}
                row={row}
                columns={columns}
                onRow={onRow}
                detail={detail}
                name={rowName(row)}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

function Row<R>({
  row,
  columns,
  onRow,
  detail,
  name,
}: {
  row: R;
  columns: Column<R>[];
  onRow?: (row: R) => void;
  detail?: (row: R) => ReactNode;
  name: string;
}) {
  const [opened, setOpened] = useState(false);
  const act = onRow ? () => onRow(row) : detail ? () => setOpened(!opened) : undefined;
  return (
    <>
      <Table.Tr
        className={act ? classes.row : undefined}
        onClick={
          act &&
          ((event) => {
            // Links and buttons of the row do what they say; who marks text wants the text.
            const target = event.target as Element;
            if (
              !target.closest("a,button,input,label,[role=menu]") &&
              !window.getSelection()?.toString()
            ) {
              act();
            }
          })
        }
      >
        {detail && (
          <Table.Td>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-expanded={opened}
              aria-label={`Details of ${name}`}
              onClick={() => setOpened(!opened)}
            >
              {opened ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
            </ActionIcon>
          </Table.Td>
        )}
        {columns.map((column) => (
          <Table.Td
            key={column.key}
            ta={column.align}
            className={column.wide ? classes.wide : undefined}
          >
            {column.cell(row)}
          </Table.Td>
        ))}
      </Table.Tr>
      {detail && opened && (
        <Table.Tr className={classes.detail}>
          <Table.Td colSpan={columns.length + 1}>{detail(row)}</Table.Td>
        </Table.Tr>
      )}
    </>
  );
}
